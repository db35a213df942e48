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
	// Held: too few hosts are well to tell a dead host from a dead network, or the
	// prober has no network; the endpoint stays, and somebody should know.
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

// Removal says what becomes of the candidate.
//
//  1. A host that stands by goes when those that stand before it have proved the
//     hold-down, answering us all the while.
//  2. A host goes for its health only on a full threshold of this process's own
//     failures,
//  3. and on fresh evidence: enough hosts of some tier have succeeded since it
//     began to fail, and it has failed once more after that. If they fail too, it is
//     the network, or all of them: nobody is removed one by one; and when the network
//     comes back, nobody is removed for what happened in the dark.
//     A host that DNS has dropped for good, and that is well, does not come here: it
//     goes as soon as others carry the port without it, and stays until then; see
//     leaving.go.
//  4. Where no tier has enough healthy hosts, the failure policy decides.
//
// Leaving an outage takes one healthy host more than entering it, or enough hosts
// that have passed the hold-down, so that one flapping host at the edge moves
// nothing; see [tier.setNeed]. A dead host that goes out then needs fresh evidence too.
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
	if g.Network.Alone && g.Network.LastSuccess.Before(failing.Run.Seen) && g.Network.Vouches(failing) {
		return true // nobody is left who could say anything, nor has anybody
	}
	if !failing.Run.Corroborated {
		return false
	}
	for _, t := range g.tiers {
		if len(t.witnesses) > 0 && health.Confirms(t.witnesses[0], failing) {
			return true
		}
	}
	return g.Network.Vouches(failing)
}
