package failover

import (
	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/probes/evidence"
	"github.com/external-endpoints/operator/probes/health"
)

// Candidate is a published endpoint that might be taken out.
type Candidate struct {
	Verdict    health.Verdict
	Thresholds health.Thresholds
	// standby: tiers before the candidate's own carry the traffic.
	standby bool
	// PublishedByPolicy: only PublishAll has put the host in.
	PublishedByPolicy bool
}

// Gate is the removal gate of one port: the only way from published to not published that is not
// the user's wish. The evidence that it requires is that of [evidence.Gate].
type Gate struct {
	*Port
	Action  v1alpha1.FailureAction
	Network health.Network
}

// Removal decides on the candidate.
//
// A standby host is removed when the tiers above it have a quorum of hosts past the hold-down. For
// every other host the evidence decides. What it holds is removed only if PublishAll alone has
// published it, and the user has changed the policy to KeepLast.
//
// A healthy host that DNS has dropped does not come here: it is removed as soon as other hosts
// carry the port without it; see [spareable].
//
// Leaving an outage takes one healthy host more than entering it, or a quorum past the hold-down,
// so that one flapping host at the edge changes nothing; see [tier.setNeed]. A dead host that is
// removed then needs fresh evidence too.
func (g Gate) Removal(c Candidate) evidence.Removal {
	if c.standby && g.tiers[g.last].hasQuorumPastHoldDown() {
		return evidence.Allowed
	}
	removal := g.evidence().Removal(c.Verdict, c.Thresholds)
	if removal == evidence.Held && g.Action == v1alpha1.ActionKeepLast && c.PublishedByPolicy {
		return evidence.Allowed
	}
	return removal
}

// evidence is the part of the gate that the failure policy has no part in.
func (g Gate) evidence() evidence.Gate {
	return evidence.Gate{
		Quorums: g.quorums, BelowMinHealthy: g.belowMinHealthy,
		RemoveLast: g.Action == v1alpha1.ActionPublishNone, Network: g.Network,
	}
}
