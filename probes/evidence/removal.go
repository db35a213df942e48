package evidence

import (
	"slices"

	"github.com/external-endpoints/operator/probes/health"
)

// Removal is the answer of the removal gate for one published member.
type Removal uint8

const (
	// Allowed: the member is removed.
	Allowed Removal = iota
	// Pending: results are missing; the member stays published until they arrive.
	Pending
	// Held: too few members are healthy to distinguish a failed host from a failed network, or the
	// prober is isolated. The member stays published, and a condition reports it.
	Held
)

// String is "Allowed", "Pending" or "Held".
func (r Removal) String() string { return [...]string{"Allowed", "Pending", "Held"}[r] }

// Quorum is the witnesses of one tier: healthy members that do not fail.
type Quorum struct {
	// Need is how many witnesses must confirm a failure.
	Need int
	// witnesses are sorted by their latest success, the latest first.
	witnesses []health.Verdict
}

// Add adds a member to the witnesses if it is healthy and not failing.
func (q *Quorum) Add(v health.Verdict) {
	if v.State == health.Healthy && !v.Failing() {
		q.witnesses = append(q.witnesses, v)
	}
}

// Sort must be called after the last Add.
func (q *Quorum) Sort() {
	slices.SortFunc(q.witnesses, func(a, b health.Verdict) int { return b.LastSuccess.Compare(a.LastSuccess) })
}

// Confirms reports whether enough witnesses are fresh evidence against the failing member. The
// oldest success of the quorum decides, so that it costs O(1) for each of a thousand members that
// fail together.
func (q *Quorum) Confirms(failing health.Verdict) bool { return q.confirmedBy(q.Need, failing) }

// Complete reports whether the witnesses are enough, if all of them succeed again.
func (q *Quorum) Complete() bool { return len(q.witnesses) >= q.Need }

func (q *Quorum) confirmedBy(count int, failing health.Verdict) bool {
	return count == 0 || len(q.witnesses) >= count && health.Confirms(q.witnesses[count-1], failing)
}

// Gate is the removal gate of one port: a published member that fails is removed only if the gate
// allows it.
type Gate struct {
	// Quorums are the tiers of the port.
	Quorums []*Quorum
	// BelowMinHealthy: no tier has as many healthy members as its quorum.
	BelowMinHealthy bool
	// RemoveLast: below minHealthy the failure policy removes proven failures, and does not hold
	// them (PublishNone).
	RemoveLast bool
	Network    health.Network
}

// Removal decides on one member.
//
//  1. It is removed only on a full threshold of failures seen by this process,
//  2. and on fresh evidence: the quorum of some tier has succeeded since the member began to fail,
//     and the member has failed once more after that. If the quorum fails too, the cause is the
//     network, or an outage of all: no member is removed one by one. When the network comes back,
//     failures from the isolation do not count.
//  3. Where no tier has a quorum, the failure policy decides.
func (g Gate) Removal(v health.Verdict, t health.Thresholds) Removal {
	switch {
	case v.State != health.Unhealthy:
		return Pending
	case v.Proven(t) && v.Run.Corroborated && g.confirmed(v):
		return Allowed
	case !g.BelowMinHealthy:
		return Pending
	case g.RemoveLast && v.Proven(t) && g.corroborated(v):
		return Allowed
	case g.RemoveLast && !g.Network.Isolated:
		return Pending
	default:
		return Held
	}
}

// confirmed reports whether the quorum of some tier confirms the failure.
func (g Gate) confirmed(failing health.Verdict) bool {
	return slices.ContainsFunc(g.Quorums, func(q *Quorum) bool { return q.Confirms(failing) })
}

// corroborated reports whether any host has succeeded since the failure was seen, so that the cause
// is not the prober's network: a member of the port, or a host of another group.
func (g Gate) corroborated(failing health.Verdict) bool {
	if g.Network.Alone && g.Network.LastSuccess.Before(failing.Run.Seen) && g.Network.Corroborates(failing) {
		return true // no witness is left, and none has succeeded
	}
	if !failing.Run.Corroborated {
		return false
	}
	return slices.ContainsFunc(g.Quorums, func(q *Quorum) bool { return q.confirmedBy(1, failing) }) ||
		g.Network.Corroborates(failing)
}
