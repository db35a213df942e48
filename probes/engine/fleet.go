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
	hosts  map[netip.Addr]*host
	successList
	// latest is when the latest successful probe of all started.
	latest moment

	up      []*target
	suspect int
	// unreachable is the length of a list in the order in which the failures were seen: a success
	// removes the targets whose failure was seen before its probe started.
	unreachable int
	first, last *target

	// hostsCounted and hostsUnreachable are how many hosts have a target that counts, and an
	// unreachable one. groupsByUnreachable counts groups by their number of unreachable hosts.
	hostsCounted, hostsUnreachable int
	groupsByUnreachable            map[int]int
	groupsAffected                 int
}

func newFleet(origin time.Time) fleet {
	return fleet{origin: origin, hosts: map[netip.Addr]*host{}, groupsByUnreachable: map[int]int{}}
}

// outlook is the fleet in numbers. Unreachable targets are apart if some group has some of their
// hosts, but not all.
func (h *fleet) outlook() health.Outlook {
	return health.Outlook{
		Healthy:     len(h.up) + h.suspect + h.unreachable,
		Unreachable: h.unreachable,
		Apart:       h.groupsAffected > h.groupsByUnreachable[h.hostsUnreachable],
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
	if t.host == nil {
		address := t.id.address.Addr()
		s := h.hosts[address]
		if s == nil {
			s = &host{}
			h.hosts[address] = s
		}
		t.host = s
	}
	if s := t.host; s.watch(g) {
		g.hostsCounted += presence(s.counted)
		h.countUnreachable(g, presence(s.unreachable))
	}
	h.review(t)
}

// detach takes in that a member of the group has left the target.
func (h *fleet) detach(t *target, g *group) {
	if s := t.host; s.unwatch(g) {
		g.hostsCounted -= presence(s.counted)
		h.countUnreachable(g, -presence(s.unreachable))
	}
	h.review(t)
	if len(t.members) > 0 {
		return
	}
	h.place(t, down)
	if len(t.host.watchers) == 0 {
		h.forget(t.host)
		delete(h.hosts, t.id.address.Addr())
	}
}

// presence is 1 for a host with at least one, else 0.
func presence(n int32) int {
	if n > 0 {
		return 1
	}
	return 0
}

// succeed records a successful probe that started at started. It returns the targets that are not
// unreachable any more: the network was there after their failure was seen.
func (h *fleet) succeed(t *target, started, now moment) (recovered []*target) {
	t.latest, t.presumed = probes.Success, false
	h.place(t, t.reachability())
	h.record(t.host, started, now)
	h.latest = max(h.latest, started)
	for h.first != nil && h.first.failed <= started {
		recovered = append(recovered, h.first)
		// It failed while the prober was isolated, so its state is unknown: it counts as up until it fails again.
		h.first.presumed = !h.first.presumed && !h.first.healthy()
		h.place(h.first, h.first.reachability())
	}
	return recovered
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

// host is one host (IP), with the targets of all groups and ports on it.
type host struct {
	// watchers are the groups that watch it.
	watchers []watcher
	// counted are its targets that were healthy; unreachable are those of them that fail while no
	// probe has succeeded since.
	counted, unreachable int32

	// succeeded is when its latest successful probe started, answered when that ended. Zero: no
	// probe has succeeded yet, and the host is not in the list of recent successes.
	succeeded, answered moment
	newer, older        *host
}

// watcher is a group that watches a host, with the number of its members there.
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

// successList lists the hosts that have answered, the latest answer first.
type successList struct{ newest, oldest *host }

// record adds a success of the host by a probe that started at started.
func (l *successList) record(s *host, started, now moment) {
	l.forget(s)
	s.succeeded, s.answered = max(s.succeeded, started), now
	if s.older = l.newest; s.older != nil {
		s.older.newer = s
	} else {
		l.oldest = s
	}
	l.newest = s
}

// forget removes the host from the list.
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

// foreign is when the latest successful probe of a host outside the group started. The list is
// short: it ends at the first host that the group does not watch, and the hosts of one group are
// seldom at its head.
func (l *successList) foreign(g *group) moment {
	var latest moment
	for s := l.newest; s != nil && s.answered > latest; s = s.older {
		if !s.watchedBy(g) {
			latest = max(latest, s.succeeded)
		}
	}
	return latest
}

// foreignSince reports whether foreign is not before a moment. It looks at answers
// since that moment only: at none, when everything is down.
func (l *successList) foreignSince(g *group, since moment) bool {
	for s := l.newest; s != nil && s.answered >= since; s = s.older {
		if s.succeeded >= since && !s.watchedBy(g) {
			return true
		}
	}
	return false
}
