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
	// tiered: the members are of more than one tier, so that it matters when one has
	// been well for long.
	tiered bool
	// outage: the plan asks for the hold-down.
	outage bool
	// failing is how many members' latest probe failed.
	failing int
	// sitesCounted and sitesDark are how many of the sites it watches are so.
	sitesCounted, sitesDark int
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

// verdictsLeaving are those on members that keep does not name, by what is probed.
// A port that gets another name is still the same host asked the same question:
// it must not be out of its Service until it is asked again.
func (g *group) verdictsLeaving(keep map[MemberID]struct{}) map[targetID]health.Verdict {
	leaving := map[targetID]health.Verdict{}
	for m := range g.members() {
		if _, kept := keep[m.id]; !kept && m.target != nil {
			leaving[m.target.id] = m.verdict
		}
	}
	return leaving
}

// abandoned are the members whose failure is proven and for whom nobody in the group
// is left who could say whether it is their own.
func (g *group) abandoned() iter.Seq[*member] {
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
