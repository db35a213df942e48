package engine

import (
	"net/netip"
	"time"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/health"
)

// horizon is what the prober sees of all targets together. Everything is kept up to
// date at each result, so that no result and no change of a group costs a look at
// all targets.
type horizon struct {
	origin time.Time
	sites  map[netip.Addr]*site
	successes
	// latest is when the latest successful probe of all started.
	latest moment

	well    []*target
	doubted int
	// dark is a list in the order in which the failures were seen: a success takes
	// those out that were seen before it started.
	dark        int
	first, last *target

	// sitesCounted and sitesDark are how many sites have a target that counts, and a
	// dark one. groupsDark is by how many dark sites they watch how many groups do.
	sitesCounted, sitesDark int
	groupsDark              map[int]int
	someDark                int
}

func newHorizon(origin time.Time) horizon {
	return horizon{origin: origin, sites: map[netip.Addr]*site{}, groupsDark: map[int]int{}}
}

// outlook is the horizon in numbers. The dark ones are apart when some group that
// watches one of their sites does not watch all of them.
func (h *horizon) outlook() health.Outlook {
	return health.Outlook{
		Healthy: len(h.well) + h.doubted + h.dark,
		Dark:    h.dark,
		Apart:   h.someDark > h.groupsDark[h.sitesDark],
	}
}

// at is the moment of a time that is not before the origin.
func (h *horizon) at(t time.Time) moment { return moment(t.Sub(h.origin)) + 1 }

// time is the reverse of at.
func (h *horizon) time(m moment) time.Time {
	if m == 0 {
		return time.Time{}
	}
	return h.origin.Add(time.Duration(m - 1))
}

// alone reports whether nothing else that was healthy is watched but the group's own
// hosts.
func (h *horizon) alone(g *group) bool { return h.sitesCounted == g.sitesCounted }

// attach takes in that a member of the group is on the target.
func (h *horizon) attach(t *target, g *group) {
	if t.site == nil {
		address := t.id.address.Addr()
		s := h.sites[address]
		if s == nil {
			s = &site{}
			h.sites[address] = s
		}
		t.site = s
	}
	if s := t.site; s.watch(g) {
		g.sitesCounted += presence(s.counted)
		h.darken(g, presence(s.dark))
	}
	h.review(t)
}

// detach takes in that a member of the group has left the target.
func (h *horizon) detach(t *target, g *group) {
	if s := t.site; s.unwatch(g) {
		g.sitesCounted -= presence(s.counted)
		h.darken(g, -presence(s.dark))
	}
	h.review(t)
	if len(t.members) > 0 {
		return
	}
	h.place(t, out)
	if len(t.site.watchers) == 0 {
		h.forget(t.site)
		delete(h.sites, t.id.address.Addr())
	}
}

// presence is 1 for a site that has any of something, else 0.
func presence(n int32) int {
	if n > 0 {
		return 1
	}
	return 0
}

// succeed takes in a successful probe that started at started. It returns those that
// are dark no more: the network was there after their failure had been seen.
func (h *horizon) succeed(t *target, started, now moment) (lit []*target) {
	t.latest, t.presumed = probes.Success, false
	h.place(t, t.rest())
	h.hear(t.site, started, now)
	h.latest = max(h.latest, started)
	for h.first != nil && h.first.failed <= started {
		lit = append(lit, h.first)
		// Down since the dark, it is not known to be: it counts until it has failed again.
		h.first.presumed = !h.first.presumed && !h.first.healthy()
		h.place(h.first, h.first.rest())
	}
	return lit
}

// fail takes in a failed probe whose result came at now.
func (h *horizon) fail(t *target, now moment) {
	stood := t.standing == well || t.standing == doubted
	t.latest = probes.Failure
	switch {
	case t.standing == dark:
	case stood && now > h.latest:
		// In the order of the list, should another goroutine have been quicker.
		if t.failed = now; h.last != nil {
			t.failed = max(now, h.last.failed)
		}
		h.place(t, dark)
	default:
		h.place(t, t.rest())
	}
}

// review takes in that the target's members are others.
func (h *horizon) review(t *target) {
	if t.standing != dark {
		h.place(t, t.rest())
	}
}
