package engine

import (
	"slices"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/health"
)

// standing is what a target is to the question whether the prober is isolated.
type standing uint8

const (
	// out: down, though the network was there; or never up. It does not count.
	out standing = iota
	// well: healthy and not failing, or answering, though not healthy yet.
	well
	// doubted: failing, though another has succeeded since, and not down yet.
	doubted
	// dark: was well and fails, and nobody has succeeded since.
	dark
)

// rest is what the target is when it is not dark.
func (t *target) rest() standing {
	switch {
	case t.latest == probes.Success:
		return well // who owes more answers to be healthy is somebody to ask
	case !t.presumed && !t.healthy():
		return out
	case t.latest == probes.Failure:
		return doubted
	default:
		return well
	}
}

// healthy reports whether some member's verdict is so.
func (t *target) healthy() bool {
	return slices.ContainsFunc(t.members, func(m *member) bool { return m.verdict.State == health.Healthy })
}

// place moves the target from one standing to another and keeps all counts in step.
func (h *horizon) place(t *target, to standing) {
	from := t.standing
	if from == to {
		return
	}
	t.standing = to
	switch from {
	case well:
		last := len(h.well) - 1
		moved := h.well[last]
		h.well[t.wellAt], moved.wellAt = moved, t.wellAt
		h.well[last] = nil
		h.well = h.well[:last]
	case doubted:
		h.doubted--
	case dark:
		h.unlink(t)
		if t.site.dark--; t.site.dark == 0 {
			h.darkenSite(t.site, -1)
		}
	case out:
		if t.site.counted++; t.site.counted == 1 {
			h.countSite(t.site, 1)
		}
	}
	switch to {
	case well:
		t.wellAt = int32(len(h.well))
		h.well = append(h.well, t)
	case doubted:
		h.doubted++
	case dark:
		h.link(t)
		if t.site.dark++; t.site.dark == 1 {
			h.darkenSite(t.site, 1)
		}
	case out:
		if t.site.counted--; t.site.counted == 0 {
			h.countSite(t.site, -1)
		}
	}
}

func (h *horizon) countSite(s *site, by int) {
	h.sitesCounted += by
	for _, w := range s.watchers {
		w.group.sitesCounted += by
	}
}

func (h *horizon) darkenSite(s *site, by int) {
	h.sitesDark += by
	for _, w := range s.watchers {
		h.darken(w.group, by)
	}
}

// darken takes in that the group watches so many dark sites more.
func (h *horizon) darken(g *group, by int) {
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

func (h *horizon) link(t *target) {
	h.dark++
	if t.before = h.last; t.before != nil {
		t.before.after = t
	} else {
		h.first = t
	}
	h.last = t
}

func (h *horizon) unlink(t *target) {
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
