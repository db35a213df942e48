package externalservice

// looked is what the operator makes of a state when it looks: it decides, writes the
// slices and then the status, and remembers.
type looked struct {
	after modelState
	// sliceWrites and statusWrites are how many writes it took.
	sliceWrites, statusWrites int
}

func (w *modelWorld) look(s modelState) looked {
	d := w.decide(s)
	result := w.write(s, d)
	l := looked{after: s, sliceWrites: result.sliceWrites}
	l.after.outage, l.after.safety = d.Outage["pg"], result.safety
	if s.safety != result.safety {
		l.statusWrites = 1
	}
	for i := range w.hosts {
		h := &l.after.hosts[i]
		h.published, h.drafted, h.doubted = d.Published[id(i+1)], d.PublishedByPolicy[id(i+1)], false
		if h.told != result.told[i] {
			l.statusWrites = 1
		}
		h.slice, h.told = result.slice[i], result.told[i]
	}
	if l.sliceWrites > 0 || s.intruded {
		l.after = l.after.outrun() // the former leader's write is refused
	}
	return l
}

// outrun: nothing of a former leader is on its way any more.
func (s modelState) outrun() modelState {
	for i := range s.hosts {
		s.hosts[i].late = sliced{}
	}
	s.late, s.intruded = false, false
	return s
}

// crashes are the states in which a new process may find what this look was about
// to do, or has done in part; and those where a write was refused.
func (w *modelWorld) crashes(s modelState, l looked) []modelStep {
	if !w.crashing {
		return nil
	}
	if l.sliceWrites == 0 {
		return []modelStep{{name: "the operator restarts", state: w.restarted(s)}, {name: "the operator restarts after it has looked", state: w.restarted(l.after)}}
	}
	m := s.memory(w)
	m.MarkUnconfirmed(w.decide(s))
	doubts := m.Unconfirmed
	half, refused, late := s.outrun(), l.after, s
	for i := range w.hosts {
		half.hosts[i].slice = l.after.hosts[i].slice
		refused.hosts[i].doubted = doubts[id(i+1)]
		refused.hosts[i].slice, refused.hosts[i].late = s.hosts[i].slice, s.hosts[i].late
		late.hosts[i].late = l.after.hosts[i].slice
	}
	refused.late, refused.intruded, late.late = s.late, s.intruded, true
	return []modelStep{
		{name: "the operator crashes before it writes slices", state: w.restarted(s)},
		{name: "the operator crashes after it wrote slices", state: w.restarted(half)},
		{name: "the operator restarts after it wrote everything", state: w.restarted(l.after)},
		{name: "the slices are refused, the status is written", state: refused, settled: true},
		{name: "the slices are refused, the status is written, the operator crashes", state: w.restarted(refused)},
		{name: "another leads while the slices are still on their way", state: w.restarted(late)},
	}
}
