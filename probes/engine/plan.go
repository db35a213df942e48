package engine

import (
	"cmp"
	"net/netip"
	"time"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/evidence"
	"github.com/external-endpoints/operator/probes/health"
)

// Key names a group: the object on whose behalf it is watched.
type Key struct{ Namespace, Name string }

// Compare orders keys by namespace, then name.
func (k Key) Compare(other Key) int {
	return cmp.Or(cmp.Compare(k.Namespace, other.Namespace), cmp.Compare(k.Name, other.Name))
}

// Plan is all that is to be watched for one group. It replaces the plan before;
// what both have in common keeps its verdict and its place in the schedule.
type Plan struct {
	Key Key
	// Evidence is by tier how many other hosts must have succeeded before one may be
	// taken out: enough of any one tier. At a first failure that many are probed at
	// once, so that the answer is there when the verdict falls. A tier that is not in it
	// is no evidence, nor is one without members; empty: no evidence is needed.
	Evidence map[int32]int
	// HoldDown reports every member that passes the hold-down as a change, by which
	// hosts may go out: the group is in an outage that ends with it. Without it this is
	// reported where the members are of more than one tier, and not otherwise, so that a
	// group at rest causes no reconciles.
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

// label is the member's address as metrics show it, with its port number where
// several members may have that address: they must not share a series.
func label(id MemberID) string {
	if id.Instance == 0 {
		return id.Address.String()
	}
	return netip.AddrPortFrom(id.Address, id.Instance).String()
}

// Member is one address that is watched for one port.
type Member struct {
	ID MemberID
	// Target is where the check connects to.
	Target netip.AddrPort
	// Check is shared between members; it must not change any more.
	Check *probes.Check
	// Interval runs from start to start. FastInterval is used while results
	// contradict the state; it is at most Interval.
	Interval, FastInterval time.Duration
	// Thresholds need no interval: it is the one above.
	Thresholds health.Thresholds
	// Tier is the member's priority: hosts replace each other tier by tier.
	Tier int32
	// Witness: a success of this member is evidence for the others. Hosts that
	// are on their way out are watched, but are no witnesses.
	Witness bool
	// Initial is the verdict to begin with when the member is new to the engine.
	Initial health.Verdict
}

// settings are the fields that the removal rule reads.
func (m *Member) settings() evidence.Settings {
	thresholds := m.Thresholds
	thresholds.Interval = m.Interval
	return evidence.Settings{Tier: m.Tier, Witness: m.Witness, FastInterval: m.FastInterval, Thresholds: thresholds}
}
