package evidence

import (
	"iter"
	"time"

	"github.com/external-endpoints/operator/probes/health"
)

// Group holds the members of one owner.
type Group struct {
	// Owner is the caller's object; the package does not read it.
	Owner any
	Ports map[string]*Port
	// Tiered: the members are of more than one tier, so that the hold-down matters.
	Tiered bool
	// Outage: an outage is in force, which the hold-down may end.
	Outage bool

	// failing counts the members whose latest probe failed.
	failing int
	// hostsCounted and hostsUnreachable count the hosts of the group in these states.
	hostsCounted, hostsUnreachable int
}

// NewGroup returns a group without members.
func NewGroup(owner any) *Group { return &Group{Owner: owner, Ports: map[string]*Port{}} }

// Members iterates over the members of all ports.
func (g *Group) Members() iter.Seq[*Member] {
	return func(yield func(*Member) bool) {
		for _, p := range g.Ports {
			for _, m := range p.Members {
				if !yield(m) {
					return
				}
			}
		}
	}
}

// Size is the number of members.
func (g *Group) Size() int {
	size := 0
	for _, p := range g.Ports {
		size += len(p.Members)
	}
	return size
}

// ByID returns the members by ID. It is built for each plan: to keep it would cost a tenth of
// the memory.
func (g *Group) ByID() map[MemberID]*Member {
	members := make(map[MemberID]*Member, g.Size())
	for m := range g.Members() {
		members[m.ID] = m
	}
	return members
}

// Join adds a member to its port.
func (g *Group) Join(m *Member) {
	p := g.Ports[m.ID.Port]
	if p == nil {
		p = &Port{awaiting: map[*Member]struct{}{}}
		g.Ports[m.ID.Port] = p
	}
	m.group, m.port = g, p
	p.Members = append(p.Members, m)
	if m.verdict.Failing() {
		g.failing++
	}
}

// Leave removes every member that is not in keep, and returns the removed members.
func (g *Group) Leave(keep map[MemberID]struct{}) []*Member {
	var removed []*Member
	for name, p := range g.Ports {
		staying := p.Members[:0]
		for _, m := range p.Members {
			if _, kept := keep[m.ID]; kept {
				staying = append(staying, m)
				continue
			}
			m.leaveTier()
			if m.verdict.Failing() {
				g.failing--
			}
			delete(p.awaiting, m)
			removed = append(removed, m)
		}
		clear(p.Members[len(staying):])
		p.Members = staying
		if len(staying) == 0 {
			delete(g.Ports, name)
		}
	}
	return removed
}

// VerdictsLeaving returns the verdicts of members that are not in keep, by target. A port with a
// new name is still the same host with the same check: it must stay published until the next
// probe.
func (g *Group) VerdictsLeaving(keep map[MemberID]struct{}) map[*Target]health.Verdict {
	leaving := map[*Target]health.Verdict{}
	for m := range g.Members() {
		if _, kept := keep[m.ID]; !kept && m.target != nil {
			leaving[m.target] = m.verdict
		}
	}
	return leaving
}

// withoutQuorum iterates over the members whose failure is proven while no tier of their port
// has a quorum of witnesses left.
func (g *Group) withoutQuorum() iter.Seq[*Member] {
	return func(yield func(*Member) bool) {
		for _, p := range g.Ports {
			if p.hasQuorum() {
				continue
			}
			for m := range p.awaiting {
				if !yield(m) {
					return
				}
			}
		}
	}
}

// ApplyQuorums sets how many witnesses of each tier must confirm a failure, after all members of a
// plan have been configured and attached. It returns the groups that need no evidence from others
// any more, because the plan has removed the last host outside of them.
func (f *Fleet) ApplyQuorums(g *Group, quorums map[int32]int, now time.Time) []*Group {
	for _, p := range g.Ports {
		p.require(quorums)
		p.reconsider() // a plan may change witnesses, thresholds and quorums
		f.escalate(p, now)
	}
	return f.corroborateElsewhere(nil, now)
}
