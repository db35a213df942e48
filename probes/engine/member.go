package engine

import (
	"iter"
	"time"

	"github.com/external-endpoints/operator/probes/health"
)

// group is what one owner watches.
type group struct {
	key      Key
	ports    map[string]*port
	counters *groupCounters
	tenant   *tenant
	// interval is the shortest of the members.
	interval time.Duration
	// tiered: the members are of more than one tier, so that it matters when one is past its
	// hold-down.
	tiered bool
	// outage: the plan needs a change when a member is past its hold-down.
	outage bool
	// failing is how many members' latest probe failed.
	failing int
	// hostsCounted and hostsUnreachable count the hosts that the group watches.
	hostsCounted, hostsUnreachable int
}

func newGroup(key Key, counters *groupCounters) *group {
	return &group{key: key, ports: map[string]*port{}, counters: counters}
}

// members are those of all ports.
func (g *group) members() iter.Seq[*member] {
	return func(yield func(*member) bool) {
		for _, p := range g.ports {
			for _, m := range p.members {
				if !yield(m) {
					return
				}
			}
		}
	}
}

// size is how many members there are.
func (g *group) size() int {
	size := 0
	for _, p := range g.ports {
		size += len(p.members)
	}
	return size
}

// byID are the members by their names. It is made for each plan: to keep it would
// cost a tenth of the memory.
func (g *group) byID() map[MemberID]*member {
	members := make(map[MemberID]*member, g.size())
	for m := range g.members() {
		members[m.id] = m
	}
	return members
}

// join adds a member to its port.
func (g *group) join(m *member) {
	p := g.ports[m.id.Port]
	if p == nil {
		p = &port{waiting: map[*member]struct{}{}}
		g.ports[m.id.Port] = p
	}
	m.group, m.port = g, p
	p.members = append(p.members, m)
	if m.verdict.Failing() {
		g.failing++
	}
}

// leave removes every member that keep does not name, and returns them.
func (g *group) leave(keep map[MemberID]struct{}) []*member {
	var gone []*member
	for name, p := range g.ports {
		staying := p.members[:0]
		for _, m := range p.members {
			if _, kept := keep[m.id]; kept {
				staying = append(staying, m)
				continue
			}
			m.leaveTier()
			if m.verdict.Failing() {
				g.failing--
			}
			delete(p.waiting, m)
			gone = append(gone, m)
		}
		clear(p.members[len(staying):])
		p.members = staying
		if len(staying) == 0 {
			delete(g.ports, name)
		}
	}
	return gone
}

// verdictsLeaving are the verdicts on members that are not in keep, by target. A renamed port has
// the same hosts and the same check: they must not leave the Service until the next probe.
func (g *group) verdictsLeaving(keep map[MemberID]struct{}) map[targetID]health.Verdict {
	leaving := map[targetID]health.Verdict{}
	for m := range g.members() {
		if _, kept := keep[m.id]; !kept && m.target != nil {
			leaving[m.target.id] = m.verdict
		}
	}
	return leaving
}

// escalated are the members whose failure is proven and for which no witness of the group is
// left.
func (g *group) escalated() iter.Seq[*member] {
	return func(yield func(*member) bool) {
		for _, p := range g.ports {
			if p.able() {
				continue
			}
			for m := range p.waiting {
				if !yield(m) {
					return
				}
			}
		}
	}
}

// member is one address watched for one port of a group. There are thousands: of its
// plan it keeps what is looked at between two plans.
type member struct {
	id           MemberID
	fastInterval time.Duration
	thresholds   health.Thresholds // with the member's interval

	group   *group
	port    *port
	tier    *tier
	target  *target // nil: the check needs no probe
	verdict health.Verdict
	witness bool
	// answered: there was evidence against the member before its next probe started, at
	// the latest failure of the run or since.
	answered bool
	// elsewhere: in the run, that evidence came from hosts of other groups.
	elsewhere bool
	// renewed: the check has changed since the latest settled verdict, and the results before
	// that were dropped.
	renewed bool
	// upIndex is the member's index in tier.up; -1: it is not in there.
	upIndex int32
}

// update takes in what a plan says of the member.
func (m *member) update(planned *Member) {
	if m.tier == nil || m.tier.priority != planned.Tier {
		m.leaveTier()
		m.tier = m.port.tier(planned.Tier)
		m.tier.size++
	}
	m.fastInterval, m.thresholds, m.witness = planned.FastInterval, planned.Thresholds, planned.Witness
	m.thresholds.Interval = planned.Interval
	m.rank()
}

// leaveTier ends the member's part in its tier.
func (m *member) leaveTier() {
	if m.tier == nil {
		return
	}
	m.witness = false
	m.rank()
	m.tier.size--
	m.tier = nil
}

// rank keeps tier.up in step with the member. It must be called after every change that isUp
// depends on.
func (m *member) rank() {
	if m.tier == nil || m.isUp() == (m.upIndex >= 0) {
		return
	}
	if m.upIndex < 0 {
		m.upIndex = int32(len(m.tier.up))
		m.tier.up = append(m.tier.up, m)
		return
	}
	last := len(m.tier.up) - 1
	moved := m.tier.up[last]
	m.tier.up[m.upIndex], moved.upIndex = moved, m.upIndex
	m.tier.up[last] = nil
	m.tier.up, m.upIndex = m.tier.up[:last], -1
}

// isUp reports whether the member can be a witness.
func (m *member) isUp() bool {
	return m.witness && m.target != nil && m.verdict.State == health.Healthy && !m.verdict.Failing()
}

// unsettled reports whether the fast interval applies: the latest results contradict the state, or
// they are failures of a down host and too few to prove it. Such a host may still be published: it
// was taken over from another leader, failed during isolation, or was kept in an outage and
// answered once.
func (m *member) unsettled() bool {
	v := m.verdict
	unproven := v.State == health.Unhealthy && v.Failing() && !v.Proven(m.thresholds)
	return v.Unsettled() || unproven
}

// setVerdict replaces the verdict.
func (m *member) setVerdict(v health.Verdict) {
	if was, is := m.verdict.Failing(), v.Failing(); was && !is {
		m.group.failing--
	} else if is && !was {
		m.group.failing++
	}
	m.verdict = v
	m.renewed = m.renewed && (v.Run.Length == 0 || m.unsettled())
	m.rank()
}

// keepsRun reports whether the results stay when the check changes. Only the first change drops
// those that have settled nothing yet: of a check that changes faster than probes reach a
// threshold, a Secret that rotates for instance, no verdict would ever fall.
func (m *member) keepsRun() bool { return m.renewed && m.unsettled() }

// forgetResults keeps the state and drops what it rests on: results of another
// check, or at another port, say nothing about this one.
func (m *member) forgetResults() {
	v := m.verdict
	m.setVerdict(health.Verdict{State: v.State, Since: v.Since, Reason: v.Reason, Trigger: v.Trigger})
	delete(m.port.waiting, m)
}

// await has the member wait for evidence if its verdict is proven.
func (m *member) await() {
	if m.verdict.Proven(m.thresholds) {
		m.port.waiting[m] = struct{}{}
	} else {
		delete(m.port.waiting, m)
	}
}

// mayBeWitnessFor reports whether a probe of other can become evidence against the failing member.
// A target whose probe started after the failure was seen is in flight already: if it hangs, the
// next failure requests another one.
func (m *member) mayBeWitnessFor(other *member) bool {
	if health.Confirms(other.verdict, m.verdict) {
		return false
	}
	return !other.target.inflight || other.target.started.Before(m.verdict.Run.Seen)
}
