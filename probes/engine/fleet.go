package engine

import (
	"net/netip"
	"time"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/health"
)

// fleet is what the prober sees of all targets together. Everything is kept up to
// date at each result, so that no result and no change of a group costs a look at
// all targets.
type fleet struct {
	origin time.Time
	sites  map[netip.Addr]*host
	successList
	// latest is when the latest successful probe of all started.
	latest moment

	well    []*target
	doubted int
	// dark is a list in the order in which the failures were seen: a success takes
	// those out that were seen before it started.
	dark        int
	first, last *target

	// hostsCounted and sitesDark are how many sites have a target that counts, and a
	// dark one. groupsDark is by how many dark sites they watch how many groups do.
	hostsCounted, sitesDark int
	groupsDark              map[int]int
	someDark                int
}

func newFleet(origin time.Time) fleet {
	return fleet{origin: origin, sites: map[netip.Addr]*host{}, groupsDark: map[int]int{}}
}

// outlook is the horizon in numbers. The dark ones are apart when some group that
// watches one of their sites does not watch all of them.
func (h *fleet) outlook() health.Outlook {
	return health.Outlook{
		Healthy: len(h.well) + h.doubted + h.dark,
		Dark:    h.dark,
		Apart:   h.someDark > h.groupsDark[h.sitesDark],
	}
}

// at is the moment of a time that is not before the origin.
func (h *fleet) at(t time.Time) moment { return moment(t.Sub(h.origin)) + 1 }

// time is the reverse of at.
func (h *fleet) time(m moment) time.Time {
	if m == 0 {
		return time.Time{}
	}
	return h.origin.Add(time.Duration(m - 1))
}

// alone reports whether nothing else that was healthy is watched but the group's own
// hosts.
func (h *fleet) alone(g *group) bool { return h.hostsCounted == g.hostsCounted }

// attach takes in that a member of the group is on the target.
func (h *fleet) attach(t *target, g *group) {
	if t.site == nil {
		address := t.id.address.Addr()
		s := h.sites[address]
		if s == nil {
			s = &host{}
			h.sites[address] = s
		}
		t.site = s
	}
	if s := t.site; s.watch(g) {
		g.hostsCounted += presence(s.counted)
		h.countUnreachable(g, presence(s.dark))
	}
	h.review(t)
}

// detach takes in that a member of the group has left the target.
func (h *fleet) detach(t *target, g *group) {
	if s := t.site; s.unwatch(g) {
		g.hostsCounted -= presence(s.counted)
		h.countUnreachable(g, -presence(s.dark))
	}
	h.review(t)
	if len(t.members) > 0 {
		return
	}
	h.place(t, down)
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
func (h *fleet) succeed(t *target, started, now moment) (lit []*target) {
	t.latest, t.presumed = probes.Success, false
	h.place(t, t.reachability())
	h.record(t.site, started, now)
	h.latest = max(h.latest, started)
	for h.first != nil && h.first.failed <= started {
		lit = append(lit, h.first)
		// Down since the dark, it is not known to be: it counts until it has failed again.
		h.first.presumed = !h.first.presumed && !h.first.healthy()
		h.place(h.first, h.first.reachability())
	}
	return lit
}

// fail takes in a failed probe whose result came at now.
func (h *fleet) fail(t *target, now moment) {
	stood := t.standing == up || t.standing == suspect
	t.latest = probes.Failure
	switch {
	case t.standing == unreachable:
	case stood && now > h.latest:
		// In the order of the list, should another goroutine have been quicker.
		if t.failed = now; h.last != nil {
			t.failed = max(now, h.last.failed)
		}
		h.place(t, unreachable)
	default:
		h.place(t, t.reachability())
	}
}

// review takes in that the target's members are others.
func (h *fleet) review(t *target) {
	if t.standing != unreachable {
		h.place(t, t.reachability())
	}
}

// moment is a time, counted from when the engine began: there is one for each of
// thousands of targets, and a time.Time is three times as large. Zero: never.
type moment time.Duration

// host is one host (IP), whoever watches it and on whatever port.
type host struct {
	// watchers are the groups that watch it.
	watchers []watcher
	// counted are its targets that were healthy, dark those of them that fail and
	// nobody has succeeded since.
	counted, dark int32

	// succeeded is when the latest of its successful probes started, heard when the
	// answer came. Zero: none yet, and it is not in the list of recent successes.
	succeeded, heard moment
	newer, older     *host
}

// watcher is a group that watches a site, with so many of its members.
type watcher struct {
	group   *group
	members int
}

func (s *host) watchedBy(g *group) bool {
	for i := range s.watchers {
		if s.watchers[i].group == g {
			return true
		}
	}
	return false
}

// watch adds a member of the group; it returns false when there were others.
func (s *host) watch(g *group) bool {
	for i := range s.watchers {
		if s.watchers[i].group == g {
			s.watchers[i].members++
			return false
		}
	}
	s.watchers = append(s.watchers, watcher{group: g, members: 1})
	return true
}

// unwatch takes a member of the group away; it returns false when there are others.
func (s *host) unwatch(g *group) bool {
	for i := range s.watchers {
		w := &s.watchers[i]
		if w.group != g {
			continue
		}
		if w.members--; w.members > 0 {
			return false
		}
		last := len(s.watchers) - 1
		s.watchers[i], s.watchers[last] = s.watchers[last], watcher{}
		s.watchers = s.watchers[:last]
		return true
	}
	return false
}

// successList lists the sites that have answered, the latest answer first.
type successList struct{ newest, oldest *host }

// record takes in a success of the site: of a probe that started at started.
func (l *successList) record(s *host, started, now moment) {
	l.forget(s)
	s.succeeded, s.heard = max(s.succeeded, started), now
	if s.older = l.newest; s.older != nil {
		s.older.newer = s
	} else {
		l.oldest = s
	}
	l.newest = s
}

// forget takes the site out of the list.
func (l *successList) forget(s *host) {
	if l.newest == s {
		l.newest = s.older
	}
	if l.oldest == s {
		l.oldest = s.newer
	}
	if s.newer != nil {
		s.newer.older = s.older
	}
	if s.older != nil {
		s.older.newer = s.newer
	}
	s.newer, s.older = nil, nil
}

// foreign is when the latest successful probe of a site that the group does not
// watch started; zero: none has. Whose answer came before another's probe started
// cannot be the latest, so that few beyond the group's own are looked at.
func (l *successList) foreign(g *group) moment {
	var latest moment
	for s := l.newest; s != nil && s.heard > latest; s = s.older {
		if !s.watchedBy(g) {
			latest = max(latest, s.succeeded)
		}
	}
	return latest
}

// foreignSince reports whether foreign is not before a moment. It looks at answers
// since that moment only: at none, when everything is down.
func (l *successList) foreignSince(g *group, since moment) bool {
	for s := l.newest; s != nil && s.heard >= since; s = s.older {
		if s.succeeded >= since && !s.watchedBy(g) {
			return true
		}
	}
	return false
}
