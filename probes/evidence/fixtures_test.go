package evidence_test

import (
	"net/netip"
	"time"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/evidence"
	"github.com/external-endpoints/operator/probes/health"
)

var (
	epoch = time.Date(2026, 1, 1, 10, 0, 0, 0, time.UTC)
	once  = health.Thresholds{Rise: 1, Fall: 1}
)

func at(seconds int) time.Time { return epoch.Add(time.Duration(seconds) * time.Second) }

// owner is a target's owner with a fixed timeout.
type owner struct{}

func (owner) Timeout() time.Duration { return time.Second }

// port is a group with one port, whose members are numbered from 1.
type port struct {
	fleet   *evidence.Fleet
	group   *evidence.Group
	members map[int]*evidence.Member
}

// add returns a group of members with these numbers, all of tier 0.
func add(f *evidence.Fleet, witness bool, numbers ...int) *port {
	p := &port{fleet: f, group: evidence.NewGroup(nil), members: map[int]*evidence.Member{}}
	f.AddGroup(p.group)
	for _, n := range numbers {
		address := netip.AddrFrom4([4]byte{10, 0, 0, byte(n)})
		m := evidence.NewMember(evidence.MemberID{Address: address, Port: "pg"}, health.Verdict{})
		p.group.Join(m)
		m.Configure(settings(witness))
		f.Attach(m, &evidence.Target{Owner: owner{}}, address)
		p.members[n] = m
	}
	return p
}

func settings(witness bool) evidence.Settings {
	return evidence.Settings{Witness: witness, FastInterval: time.Second, Thresholds: once}
}

// plan applies settings and a quorum to all members; 0: no tier has one.
func (p *port) plan(witness bool, quorum int) {
	for _, m := range p.members {
		m.Configure(settings(witness))
	}
	quorums := map[int32]int{}
	if quorum > 0 {
		quorums[0] = quorum
	}
	p.fleet.ApplyQuorums(p.group, quorums, epoch)
}

// probe applies the result of a probe that took no time.
func (p *port) probe(n, second int, success bool) evidence.Change {
	m, s := p.members[n], health.Sample{Started: at(second), Ended: at(second)}
	if !success {
		s.Failure = probes.Timeout
	}
	change := p.fleet.Judge(m, s)
	p.fleet.ObserveResult(m.Target(), s.Started, s.Ended, success)
	return change
}

// removal is the answer of the gate for a member.
func (p *port) removal(n, quorum int) evidence.Removal {
	q := &evidence.Quorum{Need: quorum}
	healthy := 0
	for _, m := range p.members {
		q.Add(m.Verdict())
		if m.Verdict().State == health.Healthy {
			healthy++
		}
	}
	q.Sort()
	gate := evidence.Gate{Quorums: []*evidence.Quorum{q}, BelowMinHealthy: healthy < quorum, Network: p.fleet.Network(p.group)}
	return gate.Removal(p.members[n].Verdict(), once)
}
