package evidence

import (
	"net/netip"
	"time"

	"github.com/external-endpoints/operator/probes"
)

// Fleet is all targets of the process. Its counts are updated at each result, so that no result
// and no plan costs a scan of all targets.
type Fleet struct {
	origin time.Time
	groups map[*Group]struct{}
	hosts  map[netip.Addr]*Host
	successes
	// latest is when the latest successful probe of all targets started.
	latest moment

	up      []*Target
	suspect int
	// unreachable is the length of a list in the order in which the failures were seen: a
	// success removes those that were seen before it started.
	unreachable int
	first, last *Target

	// hostsCounted and hostsUnreachable count the hosts with a target that is not Down, and
	// with one that is Unreachable. groupsAffected counts the groups with Unreachable hosts,
	// groupsByUnreachable the same by the number of those hosts.
	hostsCounted, hostsUnreachable int
	groupsAffected                 int
	groupsByUnreachable            map[int]int

	isolation isolation
	// awaiting are the groups that need evidence from other groups, with the time when the
	// earliest failure was seen for which it is missing.
	awaiting map[*Group]time.Time
	// expedited are targets to be probed early; see TakeExpedited.
	expedited []*Target
}

// NewFleet returns a fleet without targets. No later event may be before origin.
func NewFleet(origin time.Time) *Fleet {
	return &Fleet{
		origin: origin, groups: map[*Group]struct{}{}, hosts: map[netip.Addr]*Host{},
		groupsByUnreachable: map[int]int{}, awaiting: map[*Group]time.Time{},
	}
}

// AddGroup registers a group.
func (f *Fleet) AddGroup(g *Group) { f.groups[g] = struct{}{} }

// RemoveGroup ends a group, whose members have been detached. It returns the groups that need no
// evidence from others any more.
func (f *Fleet) RemoveGroup(g *Group) []*Group {
	delete(f.groups, g)
	delete(f.awaiting, g)
	return f.corroborateElsewhere(nil, time.Time{})
}

// Isolated reports whether the prober is isolated.
func (f *Fleet) Isolated() bool { return f.isolation.on }

// TakeExpedited returns the targets whose probes the rule needs early, in order, and clears the
// queue. The slice is valid until the next call of any method of the fleet.
func (f *Fleet) TakeExpedited() []*Target {
	taken := f.expedited
	f.expedited = f.expedited[:0]
	return taken
}

func (f *Fleet) expedite(t *Target) { f.expedited = append(f.expedited, t) }

// outlook counts the fleet. The Unreachable hosts are apart if some group has one of them and
// not all.
func (f *Fleet) outlook() Outlook {
	return Outlook{
		Counted:     len(f.up) + f.suspect + f.unreachable,
		Unreachable: f.unreachable,
		Apart:       f.groupsAffected > f.groupsByUnreachable[f.hostsUnreachable],
	}
}

// moment converts a time that is not before the origin.
func (f *Fleet) moment(t time.Time) moment { return moment(t.Sub(f.origin)) + 1 }

// time is the reverse of moment.
func (f *Fleet) time(m moment) time.Time {
	if m == 0 {
		return time.Time{}
	}
	return f.origin.Add(time.Duration(m - 1))
}

// alone reports whether no host outside the group counts.
func (f *Fleet) alone(g *Group) bool { return f.hostsCounted == g.hostsCounted }

// Attach adds the member to the target, which is at this address.
func (f *Fleet) Attach(m *Member, t *Target, address netip.Addr) {
	t.Members = append(t.Members, m)
	m.target = t
	m.updateWitness()
	if t.host == nil {
		h := f.hosts[address]
		if h == nil {
			h = &Host{}
			f.hosts[address] = h
		}
		t.host = h
	}
	g := m.group
	if h := t.host; h.add(g) {
		g.hostsCounted += oneIf(h.counted > 0)
		f.countUnreachable(g, oneIf(h.unreachable > 0))
	}
	f.review(t)
}

// Detach removes the member from its target, which is at this address. The caller drops a target without members.
func (f *Fleet) Detach(m *Member, address netip.Addr) {
	t, g := m.target, m.group
	m.target = nil
	m.updateWitness()
	t.remove(m)
	if h := t.host; h.remove(g) {
		g.hostsCounted -= oneIf(h.counted > 0)
		f.countUnreachable(g, -oneIf(h.unreachable > 0))
	}
	f.review(t)
	if len(t.Members) > 0 {
		return
	}
	f.set(t, Down)
	if len(t.host.groups) == 0 {
		f.remove(t.host)
		delete(f.hosts, address)
	}
}

func oneIf(is bool) int {
	if is {
		return 1
	}
	return 0
}

// succeed takes in a successful probe that started at started. It returns the recovered targets:
// they were Unreachable, and the network works since their failure was seen.
func (f *Fleet) succeed(t *Target, started, now moment) (recovered []*Target) {
	t.latest, t.presumed = probes.Success, false
	f.set(t, t.settled())
	f.add(t.host, started, now)
	f.latest = max(f.latest, started)
	for f.first != nil && f.first.failed <= started {
		recovered = append(recovered, f.first)
		// It failed while the prober was isolated, so its state is unknown: count it as up until
		// it fails again.
		f.first.presumed = !f.first.presumed && !f.first.healthy()
		f.set(f.first, f.first.settled())
	}
	return recovered
}

// fail takes in a failed probe whose result came at now.
func (f *Fleet) fail(t *Target, now moment) {
	wasUp := t.reachability == Up || t.reachability == Suspect
	t.latest = probes.Failure
	switch {
	case t.reachability == Unreachable:
	case wasUp && now > f.latest:
		// Results may arrive out of order; the list stays sorted.
		if t.failed = now; f.last != nil {
			t.failed = max(now, f.last.failed)
		}
		f.set(t, Unreachable)
	default:
		f.set(t, t.settled())
	}
}

// review recomputes the reachability after the members of the target have changed.
func (f *Fleet) review(t *Target) {
	if t.reachability != Unreachable {
		f.set(t, t.settled())
	}
}
