package failover

import (
	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/probes/health"
)

// Removal is the gate's answer about a published endpoint that might go out.
type Removal uint8

const (
	// Allowed: the endpoint goes out.
	Allowed Removal = iota
	// Pending: the answer is not there yet; the endpoint stays until it is.
	Pending
	// Held: too few hosts are healthy to distinguish a dead host from a dead network, or the
	// prober is isolated; the endpoint stays published, and a condition reports it.
	Held
)

// String is "Allowed", "Pending" or "Held".
func (p Removal) String() string { return [...]string{"Allowed", "Pending", "Held"}[p] }

// Candidate is a published endpoint that might be taken out.
type Candidate struct {
	Verdict    health.Verdict
	Thresholds health.Thresholds
	// standby: tiers before the candidate's own carry the traffic.
	standby bool
	// PublishedByPolicy: only PublishAll has put the host in.
	PublishedByPolicy bool
}

// proven: the failure rests on a full threshold of this process's own probes.
func (c Candidate) proven() bool { return c.Verdict.Proven(c.Thresholds) }

// Gate is the removal gate of one port: the only way from published to not
// published that is not the user's wish.
type Gate struct {
	*Port
	Action  v1alpha1.FailureAction
	Network health.Network
}

// Removal decides on the candidate.
//
//  1. A standby host is removed when the tiers above it have a quorum of hosts past the
//     hold-down.
//  2. An unhealthy host is removed only on a full threshold of failures seen by this process,
//  3. and on fresh evidence: a quorum of some tier has succeeded since the host began to fail,
//     and the host has failed once more after that. If the quorum fails too, the cause is the
//     network, or an outage of all: no host is removed one by one. When the network comes back,
//     failures from the time of isolation do not count.
//  4. Where no tier has a quorum, the failure policy decides.
//
// A healthy host that DNS has dropped does not come here: it is removed as soon as other hosts
// carry the port without it; see [spareable].
//
// Leaving an outage takes one healthy host more than entering it, or a quorum past the hold-down,
// so that one flapping host at the edge changes nothing; see [tier.setNeed]. A dead host that is
// removed then needs fresh evidence too.
func (g Gate) Removal(c Candidate) Removal {
	switch {
	case c.standby && g.tiers[g.last].hasQuorumPastHoldDown():
		return Allowed
	case c.Verdict.State != health.Unhealthy:
		return Pending
	case c.proven() && c.Verdict.Run.Corroborated && g.evidence(c.Verdict):
		return Allowed
	case !g.belowMinHealthy:
		return Pending
	default:
		return g.fallBack(c)
	}
}

// fallBack is what the failure policy says of an unhealthy candidate.
func (g Gate) fallBack(c Candidate) Removal {
	switch {
	case g.Action == v1alpha1.ActionPublishNone && c.proven() && g.corroborated(c.Verdict):
		return Allowed
	case g.Action == v1alpha1.ActionPublishNone && !g.Network.Isolated:
		return Pending
	case g.Action == v1alpha1.ActionKeepLast && c.PublishedByPolicy:
		// The user has changed the policy: what only PublishAll put in goes with it.
		return Allowed
	default:
		return Held
	}
}

// evidence reports whether some tier has enough hosts that confirm the failure.
func (g Gate) evidence(failing health.Verdict) bool {
	for _, t := range g.tiers {
		if t.confirms(failing) {
			return true
		}
	}
	return false
}

// corroborated reports whether anything has answered since the failure was seen, so
// that the failure can be put down to the host: any other host of the port, or one
// of another object.
func (g Gate) corroborated(failing health.Verdict) bool {
	if g.Network.Alone && g.Network.LastSuccess.Before(failing.Run.Seen) && g.Network.Corroborates(failing) {
		return true // no witness is left, and none has answered
	}
	if !failing.Run.Corroborated {
		return false
	}
	for _, t := range g.tiers {
		if len(t.witnesses) > 0 && health.Confirms(t.witnesses[0], failing) {
			return true
		}
	}
	return g.Network.Corroborates(failing)
}
