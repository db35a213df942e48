package failover

import (
	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/checks"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/probes/evidence"
	"github.com/external-endpoints/operator/probes/health"
)

// tier is the Active hosts of one port that have the same priority, counted.
type tier struct {
	priority int32
	active   int
	// published hosts, as they were before the decision.
	published int
	// healthy hosts, and those of them that have proved the hold-down.
	healthy, pastHoldDown int
	// serving hosts are healthy and were published before.
	serving int
	// alone are the healthy hosts of which no other port shares the slice, and
	// servingAlone those of them that were published before.
	alone, servingAlone int
	// unknown hosts have no verdict yet.
	unknown int
	// unproven: a published host is unhealthy, and no full threshold of failures says so:
	// it was taken over, failed while the prober had no network, or is recovering.
	unproven bool
	// quorum is how many hosts must be healthy, and those that are witnesses.
	quorum evidence.Quorum
}

// pastHoldDown reports whether the host has been healthy for the hold-down. A host without a
// check needs no hold-down.
func pastHoldDown(e hosts.Endpoint, v health.Verdict) bool {
	return v.PastHoldDown(checks.Thresholds(e.Check.Spec)) || e.Check.Probe.None != nil && v.State == health.Healthy
}

// count takes one host in. shared: it is published on other ports with this one.
func (t *tier) count(e hosts.Endpoint, v health.Verdict, published, shared bool) {
	t.active++
	if published {
		t.published++
	}
	switch v.State {
	case health.Healthy:
		t.healthy++
		if published {
			t.serving++
		}
		if !shared {
			t.alone++
		}
		if published && !shared {
			t.servingAlone++
		}
		if pastHoldDown(e, v) {
			t.pastHoldDown++
		}
		t.quorum.Add(v)
	case health.Unknown:
		t.unknown++
	case health.Unhealthy:
		t.unproven = t.unproven || published && !v.Proven(checks.Thresholds(e.Check.Spec))
	}
}

// setNeed says how many healthy hosts are enough, once all hosts are counted.
// Leaving an outage takes one more than entering it, or all of them: never fewer
// than entering it, or a tier that is too small would leave and enter for ever.
//
// Hosts that have passed the hold-down need no further one beside them: they do not
// flap. Under a check that only one host passes, such as the role of a database,
// there is no further one, and the outage would never end.
func (t *tier) setNeed(policy v1alpha1.FailurePolicy, outage bool) {
	need := policy.EffectiveMinHealthy(t.active)
	t.quorum.Need = need
	if outage && t.pastHoldDown < need {
		t.quorum.Need = max(need, min(need+1, t.active))
	}
	t.quorum.Sort()
}

// carries reports whether the tier carries traffic. A host that shares its slice
// with another port may be published for that one's sake, and says nothing where
// there are others to look at.
func (t *tier) carries() bool {
	if t.alone > 0 {
		return t.servingAlone > 0
	}
	return t.serving > 0
}

// hasQuorum reports whether the tier has enough healthy hosts.
func (t *tier) hasQuorum() bool { return t.healthy >= t.quorum.Need }

// hasQuorumPastHoldDown reports whether enough of its hosts have proved the hold-down.
func (t *tier) hasQuorumPastHoldDown() bool { return t.pastHoldDown >= t.quorum.Need }
