package evidence

import "github.com/external-endpoints/operator/probes"

// Reachability is what a target contributes to the question whether the prober is isolated.
type Reachability uint8

const (
	// Down: the target failed while other targets answered, or was never up. It does not count.
	Down Reachability = iota
	// Up: the target is healthy and not failing, or answers and is not healthy yet.
	Up
	// Suspect: the target fails and is not Down yet; another target has succeeded since.
	Suspect
	// Unreachable: the target was up and fails, and no target has succeeded since.
	Unreachable
)

// settled is the reachability of a target that is not Unreachable.
func (t *Target) settled() Reachability {
	switch {
	case t.latest == probes.Success:
		return Up // one that is not healthy yet can still be probed as a sample
	case !t.presumed && !t.healthy():
		return Down
	case t.latest == probes.Failure:
		return Suspect
	default:
		return Up
	}
}

// set changes the reachability of the target and updates all counts.
func (f *Fleet) set(t *Target, to Reachability) {
	from := t.reachability
	if from == to {
		return
	}
	t.reachability = to
	switch from {
	case Up:
		last := len(f.up) - 1
		moved := f.up[last]
		f.up[t.upIndex], moved.upIndex = moved, t.upIndex
		f.up[last] = nil
		f.up = f.up[:last]
	case Suspect:
		f.suspect--
	case Unreachable:
		f.unlink(t)
		if t.host.unreachable--; t.host.unreachable == 0 {
			f.countUnreachableHost(t.host, -1)
		}
	case Down:
		if t.host.counted++; t.host.counted == 1 {
			f.countHost(t.host, 1)
		}
	}
	switch to {
	case Up:
		t.upIndex = int32(len(f.up))
		f.up = append(f.up, t)
	case Suspect:
		f.suspect++
	case Unreachable:
		f.link(t)
		if t.host.unreachable++; t.host.unreachable == 1 {
			f.countUnreachableHost(t.host, 1)
		}
	case Down:
		if t.host.counted--; t.host.counted == 0 {
			f.countHost(t.host, -1)
		}
	}
}

func (f *Fleet) countHost(h *Host, by int) {
	f.hostsCounted += by
	for _, w := range h.groups {
		w.group.hostsCounted += by
	}
}

func (f *Fleet) countUnreachableHost(h *Host, by int) {
	f.hostsUnreachable += by
	for _, w := range h.groups {
		f.countUnreachable(w.group, by)
	}
}

// countUnreachable adds to the number of Unreachable hosts of the group.
func (f *Fleet) countUnreachable(g *Group, by int) {
	if by == 0 {
		return
	}
	if g.hostsUnreachable > 0 {
		f.groupsAffected--
		if f.groupsByUnreachable[g.hostsUnreachable]--; f.groupsByUnreachable[g.hostsUnreachable] == 0 {
			delete(f.groupsByUnreachable, g.hostsUnreachable)
		}
	}
	g.hostsUnreachable += by
	if g.hostsUnreachable > 0 {
		f.groupsAffected++
		f.groupsByUnreachable[g.hostsUnreachable]++
	}
}

// link appends the target to the list of Unreachable targets.
func (f *Fleet) link(t *Target) {
	f.unreachable++
	if t.before = f.last; t.before != nil {
		t.before.after = t
	} else {
		f.first = t
	}
	f.last = t
}

// unlink removes the target from the list of Unreachable targets.
func (f *Fleet) unlink(t *Target) {
	f.unreachable--
	if t.before != nil {
		t.before.after = t.after
	} else {
		f.first = t.after
	}
	if t.after != nil {
		t.after.before = t.before
	} else {
		f.last = t.before
	}
	t.before, t.after = nil, nil
}
