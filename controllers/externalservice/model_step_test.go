package externalservice

import (
	"fmt"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/health"
)

// modelStep is something that happens, and the state after it, before the operator
// has looked.
type modelStep struct {
	name  string
	state modelState
	// settled: the operator has looked already, or will not.
	settled bool
}

// steps are all that may happen in a state.
func (w *modelWorld) steps(s modelState) []modelStep {
	var steps []modelStep
	for i := range w.hosts {
		steps = append(steps, w.probing(s, i)...)
		steps = append(steps, w.meddle(s, i)...)
	}
	if next, can := w.turnNetwork(s); can {
		steps = append(steps, modelStep{name: map[bool]string{true: "the network dies", false: "the network returns"}[next.dark], state: next, settled: true})
	}
	if w.role {
		steps = append(steps, w.moveRole(s)...)
	}
	if w.elsewhere && !s.dark {
		steps = append(steps, modelStep{name: "another object's host answers", state: w.answerElsewhere(s)})
	}
	if next, can := w.isolate(s); can {
		steps = append(steps, modelStep{name: "the prober is taken for isolated", state: next})
	}
	if w.crashing && s.late {
		steps = append(steps, modelStep{name: "the former leader's write arrives", state: s.arrived(), settled: true})
	}
	return steps
}

// probing are the steps of a host's probe.
func (w *modelWorld) probing(s modelState, i int) []modelStep {
	h := s.hosts[i]
	switch {
	case h.denied:
		return nil
	case h.flight.running:
		return []modelStep{{name: fmt.Sprintf("the probe of host %d ends, success: %t", i+1, h.flight.succeeds), state: w.end(s, i)}}
	}
	var steps []modelStep
	for _, succeeds := range []bool{true, false} {
		if succeeds && s.dark || !succeeds && !s.dark && w.hosts[i].well || w.role && !s.dark && succeeds != h.primary {
			continue
		}
		next := w.start(s, i, succeeds)
		name := fmt.Sprintf("a probe of host %d starts that will succeed: %t", i+1, succeeds)
		if !w.overlapping {
			next, name = w.end(next, i), fmt.Sprintf("host %d is probed, success: %t", i+1, succeeds)
		}
		steps = append(steps, modelStep{name: name, state: next, settled: w.overlapping})
	}
	return steps
}

func (w *modelWorld) start(s modelState, i int, succeeds bool) modelState {
	s.hosts[i].flight = flight{running: true, succeeds: succeeds, started: stepStarts}
	return s
}

// end takes in the result of a probe, by the engine's own rule.
func (w *modelWorld) end(s modelState, i int) modelState {
	r := w.rule(s)
	f := s.hosts[i].flight
	s.hosts[i].flight = flight{}
	sample, outcome := health.Sample{Started: timeOf(f.started), Ended: timeOf(stepEnds)}, probes.Succeeded()
	if !f.succeeds {
		sample.Failure, outcome = probes.Timeout, probes.Failed(probes.Timeout)
	}
	r.targets[i].InFlight = false
	if r.fleet.StartedDuringIsolation(sample.Started, outcome) {
		return s
	}
	r.fleet.Judge(r.members[i], sample)
	r.fleet.ObserveResult(r.targets[i], sample.Started, sample.Ended, f.succeeds)
	return r.into(s)
}

// answerElsewhere is the state after a success of another object's host.
func (w *modelWorld) answerElsewhere(s modelState) modelState {
	r := w.rule(s)
	r.fleet.ObserveResult(r.elsewhere[0], timeOf(stepStarts), timeOf(stepStarts), true)
	s.elsewhere = stepStarts
	return r.into(s)
}

// moveRole takes the role from its host, or gives it to one when none has it.
func (w *modelWorld) moveRole(s modelState) []modelStep {
	for i := range s.hosts {
		if s.hosts[i].primary {
			s.hosts[i].primary = false
			return []modelStep{{name: fmt.Sprintf("host %d is demoted", i+1), state: s, settled: true}}
		}
	}
	var steps []modelStep
	for i := range w.hosts {
		next := s
		next.hosts[i].primary = true
		steps = append(steps, modelStep{name: fmt.Sprintf("host %d is promoted", i+1), state: next, settled: true})
	}
	return steps
}

// mostSuccesses is up to where successes are counted: to the hold-down.
func (w *modelWorld) mostSuccesses() int { return 3 * w.limits.Rise }

// turnNetwork kills the prober's network or brings it back. It does not die again
// before every host that is well has been asked and has answered: of a network that is
// there for one host and never for the other nobody can tell what it is.
func (w *modelWorld) turnNetwork(s modelState) (modelState, bool) {
	for i, kind := range w.hosts {
		h := s.hosts[i]
		if kind.well && !s.dark && (h.failing() || h.flight.running && !h.flight.succeeds) {
			return s, false
		}
	}
	s.dark = !s.dark
	return s, true
}

// isolate: the engine may take the prober for isolated when the hosts fail and
// nobody has answered since.
func (w *modelWorld) isolate(s modelState) (modelState, bool) {
	if !w.elsewhere || s.isolated {
		return s, false
	}
	failing := 0
	for i := range w.hosts {
		v := s.hosts[i].verdict()
		if !v.Failing() {
			continue
		}
		failing++
		if !timeOf(s.elsewhere).Before(v.Run.Seen) {
			return s, false
		}
		for j := range w.hosts {
			if health.Confirms(s.hosts[j].verdict(), v) {
				return s, false
			}
		}
	}
	if failing == 0 || failing < len(w.hosts) && !s.dark {
		return s, false
	}
	s.isolated = true
	for i := range s.hosts {
		s.hosts[i].flight.stale = s.hosts[i].flight.running
	}
	return s, true
}

// meddle is what the user and the address policy do to a host.
func (w *modelWorld) meddle(s modelState, i int) []modelStep {
	if !w.meddling {
		return nil
	}
	drain, deny := s, s
	h := &drain.hosts[i]
	h.drained = !h.drained
	steps := []modelStep{{name: fmt.Sprintf("host %d is drained: %t", i+1, h.drained), state: drain}}
	if s.hosts[i].drained {
		return steps // one thing at a time
	}
	h = &deny.hosts[i]
	h.denied = !h.denied
	h.believed, h.flight = believed{}, flight{} // it is not watched, or new
	return append(steps, modelStep{name: fmt.Sprintf("host %d is denied: %t", i+1, h.denied), state: deny})
}

// arrived: what a former leader has written is there.
func (s modelState) arrived() modelState {
	for i := range s.hosts {
		s.hosts[i].slice, s.hosts[i].late = s.hosts[i].late, s.hosts[i].slice
	}
	s.late, s.intruded = false, true
	return s
}

// restarted is the state that a new process finds.
func (w *modelWorld) restarted(s modelState) modelState {
	left := w.inherit(w.left(s))
	for i := range w.hosts {
		h := &s.hosts[i]
		h.believed = believed{state: left.states[i]}
		h.flight, h.published, h.drafted, h.doubted = flight{}, left.published[i], false, false
	}
	s.outage, s.isolated, s.elsewhere = left.outage, false, 0
	return s
}
