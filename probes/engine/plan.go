package engine

import (
	"cmp"
	"net/netip"
	"time"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/evidence"
	"github.com/external-endpoints/operator/probes/health"
)

// Key is the key of a group: the namespaced name of its object.
type Key struct{ Namespace, Name string }

// Compare orders keys by namespace, then name.
func (k Key) Compare(other Key) int {
	return cmp.Or(cmp.Compare(k.Namespace, other.Namespace), cmp.Compare(k.Name, other.Name))
}

// Plan is all members of one group. It replaces the previous plan: members that both have keep their
// verdicts and due times.
type Plan struct {
	Key Key
	// Evidence is the quorum of each tier: how many other hosts must have succeeded before one is
	// removed. The quorum of any one tier is enough. At a first failure that many targets are
	// expedited, so that their results are known when the threshold is reached. A tier without an
	// entry or without members is no evidence; empty: no evidence is needed.
	Evidence map[int32]int
	// HoldDown reports every member that passes the hold-down as a change that may remove hosts: an
	// outage of the group ends with it. Without it, only groups with more than one tier report it, so
	// that a group at rest enqueues no reconciles.
	HoldDown bool
	Members  []Member
}

// tiered reports whether the members are of more than one tier.
func (p Plan) tiered() bool {
	for i := range p.Members {
		if p.Members[i].Tier != p.Members[0].Tier {
			return true
		}
	}
	return false
}

// interval is the shortest of the members.
func (p Plan) interval() time.Duration {
	var shortest time.Duration
	for i := range p.Members {
		shortest = shorter(shortest, p.Members[i].Interval)
	}
	return shortest
}

// MemberID is the key of a member within its group.
type MemberID = evidence.MemberID

// label is the address label of the member's series, with the port number where several members may
// have that address: they must not share a series.
func label(id MemberID) string {
	if id.Instance == 0 {
		return id.Address.String()
	}
	return netip.AddrPortFrom(id.Address, id.Instance).String()
}

// Member is one address of one port.
type Member struct {
	ID MemberID
	// Target is where the check connects to.
	Target netip.AddrPort
	// Check is shared between members and immutable.
	Check *probes.Check
	// Interval runs from start to start. FastInterval is used while results
	// contradict the state; it is at most Interval.
	Interval, FastInterval time.Duration
	// Thresholds need no interval: it is the one above.
	Thresholds health.Thresholds
	// Tier is the member's priority: hosts replace each other tier by tier.
	Tier int32
	// Witness: a success of this member is evidence against others. Draining hosts are probed, but
	// are no witnesses.
	Witness bool
	// Initial is the verdict of a member that is new to the engine.
	Initial health.Verdict
}

// settings are the fields that the removal rule reads.
func (m *Member) settings() evidence.Settings {
	thresholds := m.Thresholds
	thresholds.Interval = m.Interval
	return evidence.Settings{Tier: m.Tier, Witness: m.Witness, FastInterval: m.FastInterval, Thresholds: thresholds}
}
