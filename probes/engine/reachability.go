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
	// unreachable: was well and fails, and nobody has succeeded since.
	unreachable
)

// reachability is what the target is when it is not dark.
func (t *target) reachability() reachability {
	switch {
	case t.latest == probes.Success:
		return up // who owes more answers to be healthy is somebody to ask
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
		last := len(h.well) - 1
		moved := h.well[last]
		h.well[t.wellAt], moved.wellAt = moved, t.wellAt
		h.well[last] = nil
		h.well = h.well[:last]
	case suspect:
		h.doubted--
	case unreachable:
		h.unlink(t)
		if t.site.dark--; t.site.dark == 0 {
			h.countUnreachableHost(t.site, -1)
		}
	case down:
		if t.site.counted++; t.site.counted == 1 {
			h.countHost(t.site, 1)
		}
	}
	switch to {
	case up:
		t.wellAt = int32(len(h.well))
		h.well = append(h.well, t)
	case suspect:
		h.doubted++
	case unreachable:
		h.link(t)
		if t.site.dark++; t.site.dark == 1 {
			h.countUnreachableHost(t.site, 1)
		}
	case down:
		if t.site.counted--; t.site.counted == 0 {
			h.countHost(t.site, -1)
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
	h.sitesDark += by
	for _, w := range s.watchers {
		h.countUnreachable(w.group, by)
	}
}

// countUnreachable takes in that the group watches so many dark sites more.
func (h *fleet) countUnreachable(g *group, by int) {
	if by == 0 {
		return
	}
	if g.sitesDark > 0 {
		h.someDark--
		if h.groupsDark[g.sitesDark]--; h.groupsDark[g.sitesDark] == 0 {
			delete(h.groupsDark, g.sitesDark)
		}
	}
	g.sitesDark += by
	if g.sitesDark > 0 {
		h.someDark++
		h.groupsDark[g.sitesDark]++
	}
}

func (h *fleet) link(t *target) {
	h.dark++
	if t.before = h.last; t.before != nil {
		t.before.after = t
	} else {
		h.first = t
	}
	h.last = t
}

func (h *fleet) unlink(t *target) {
	h.dark--
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
