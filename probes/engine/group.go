package engine

import (
	"github.com/external-endpoints/operator/probes/health"
)

// group is what one owner watches.
type group struct {
	key      Key
	evidence int
	members  map[MemberID]*member
	ports    map[string]*port
	counters *groupCounters
}

// port holds the members of one port: they are each other's evidence.
type port struct {
	members []*member
	// waiting are members whose verdict is proven, but for all we know without enough
	// evidence. A success that confirms one of them is a change worth telling.
	waiting map[*member]struct{}
	// well is how many witnesses are healthy and not failing. It lets a port
	// without any skip the search for evidence, which would cost
	// (members x members) a round just when everything is down.
	well int
}

// member is one address watched for one port of a group.
type member struct {
	Member
	group   *group
	port    *port
	target  *target // nil: the check asks nothing
	verdict health.Verdict
}

func newGroup(key Key, counters *groupCounters) *group {
	return &group{key: key, members: map[MemberID]*member{}, ports: map[string]*port{}, counters: counters}
}

// join adds a member to its port.
func (g *group) join(m *member) {
	p := g.ports[m.ID.Port]
	if p == nil {
		p = &port{waiting: map[*member]struct{}{}}
		g.ports[m.ID.Port] = p
	}
	m.group, m.port = g, p
	p.members = append(p.members, m)
	p.well += m.wellness()
	g.members[m.ID] = m
}

// leave removes every member that keep does not name, and returns them.
func (g *group) leave(keep map[MemberID]struct{}) []*member {
	var gone []*member
	for name, p := range g.ports {
		staying := p.members[:0]
		for _, m := range p.members {
			if _, kept := keep[m.ID]; kept {
				staying = append(staying, m)
				continue
			}
			p.well -= m.wellness()
			delete(p.waiting, m)
			delete(g.members, m.ID)
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

// verdictsLeaving are those on members that keep does not name, by what is probed.
// A port that gets another name is still the same host asked the same question:
// it must not be out of its Service until it is asked again.
func (g *group) verdictsLeaving(keep map[MemberID]struct{}) map[targetID]health.Verdict {
	leaving := map[targetID]health.Verdict{}
	for id, m := range g.members {
		if _, kept := keep[id]; !kept && m.target != nil {
			leaving[m.target.id] = m.verdict
		}
	}
	return leaving
}

// wellness is the member's part in port.well.
func (m *member) wellness() int {
	if m.Witness && m.verdict.State == health.Healthy && !m.verdict.Failing() {
		return 1
	}
	return 0
}

// setVerdict replaces the verdict and keeps the port's count in step.
func (m *member) setVerdict(v health.Verdict) {
	m.port.well -= m.wellness()
	m.verdict = v
	m.port.well += m.wellness()
}

// forgetResults keeps the state and drops what it rests on: results of another
// check, or at another port, say nothing about this one.
func (m *member) forgetResults() {
	v := m.verdict
	m.setVerdict(health.Verdict{State: v.State, Since: v.Since, Reason: v.Reason, Trigger: v.Trigger})
	delete(m.port.waiting, m)
}

// await has every proven member wait for evidence again. Those that have enough of
// it stop waiting at their next failure.
func (p *port) await() {
	for _, m := range p.members {
		m.await()
	}
}

func (m *member) await() {
	if m.verdict.Proven(m.Thresholds) {
		m.port.waiting[m] = struct{}{}
	} else {
		delete(m.port.waiting, m)
	}
}

// confirmed counts the witnesses that confirm the member's failure, up to most.
func (m *member) confirmed(most int) int {
	count := 0
	if m.port.well == 0 {
		return count
	}
	for _, other := range m.port.members {
		if count == most {
			break
		}
		if other != m && other.Witness && health.Confirms(other.verdict, m.verdict) {
			count++
		}
	}
	return count
}

// mayAsk reports whether a probe of other could become evidence for the failing
// member. Whoever is being probed since the failure was seen has been asked: should
// he hang, the next failure asks somebody else.
func (m *member) mayAsk(other *member) bool {
	if other.target == nil || other.wellness() == 0 || health.Confirms(other.verdict, m.verdict) {
		return false
	}
	return !other.target.inflight || other.target.started.Before(m.verdict.Run.Seen)
}
