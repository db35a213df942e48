package engine

import (
	"slices"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/health"
)

// reachability is what a target is to the question whether the prober is isolated.
type reachability uint8

const (
	// down: down, though the network was there; or never up. It does not count.
	down reachability = iota
	// up: healthy and not failing, or answering, though not healthy yet.
	up
	// suspect: failing, though another has succeeded since, and not down yet.
	suspect
	// unreachable: it was up and fails, and no probe has succeeded since.
	unreachable
)

// reachability is what the target is when it is not unreachable.
func (t *target) reachability() reachability {
	switch {
	case t.latest == probes.Success:
		return up // a target that needs more successes to be healthy can still answer
	case !t.presumed && !t.healthy():
		return down
	case t.latest == probes.Failure:
		return suspect
	default:
		return up
	}
}

// healthy reports whether some member's verdict is so.
func (t *target) healthy() bool {
	return slices.ContainsFunc(t.members, func(m *member) bool { return m.verdict.State == health.Healthy })
}

// place moves the target from one standing to another and keeps all counts in step.
func (h *fleet) place(t *target, to reachability) {
	from := t.standing
	if from == to {
		return
	}
	t.standing = to
	switch from {
	case up:
		last := len(h.up) - 1
		moved := h.up[last]
		h.up[t.upIndex], moved.upIndex = moved, t.upIndex
		h.up[last] = nil
		h.up = h.up[:last]
	case suspect:
		h.suspect--
	case unreachable:
		h.unlink(t)
		if t.host.unreachable--; t.host.unreachable == 0 {
			h.countUnreachableHost(t.host, -1)
		}
	case down:
		if t.host.counted++; t.host.counted == 1 {
			h.countHost(t.host, 1)
		}
	}
	switch to {
	case up:
		t.upIndex = int32(len(h.up))
		h.up = append(h.up, t)
	case suspect:
		h.suspect++
	case unreachable:
		h.link(t)
		if t.host.unreachable++; t.host.unreachable == 1 {
			h.countUnreachableHost(t.host, 1)
		}
	case down:
		if t.host.counted--; t.host.counted == 0 {
			h.countHost(t.host, -1)
		}
	}
}

func (h *fleet) countHost(s *host, by int) {
	h.hostsCounted += by
	for _, w := range s.watchers {
		w.group.hostsCounted += by
	}
}

func (h *fleet) countUnreachableHost(s *host, by int) {
	h.hostsUnreachable += by
	for _, w := range s.watchers {
		h.countUnreachable(w.group, by)
	}
}

// countUnreachable adds to the number of unreachable hosts that the group watches.
func (h *fleet) countUnreachable(g *group, by int) {
	if by == 0 {
		return
	}
	if g.hostsUnreachable > 0 {
		h.groupsAffected--
		if h.groupsByUnreachable[g.hostsUnreachable]--; h.groupsByUnreachable[g.hostsUnreachable] == 0 {
			delete(h.groupsByUnreachable, g.hostsUnreachable)
		}
	}
	g.hostsUnreachable += by
	if g.hostsUnreachable > 0 {
		h.groupsAffected++
		h.groupsByUnreachable[g.hostsUnreachable]++
	}
}

func (h *fleet) link(t *target) {
	h.unreachable++
	if t.before = h.last; t.before != nil {
		t.before.after = t
	} else {
		h.first = t
	}
	h.last = t
}

func (h *fleet) unlink(t *target) {
	h.unreachable--
	if t.before != nil {
		t.before.after = t.after
	} else {
		h.first = t.after
	}
	if t.after != nil {
		t.after.before = t.before
	} else {
		h.last = t.before
	}
	t.before, t.after = nil, nil
}
