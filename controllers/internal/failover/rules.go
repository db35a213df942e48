package failover

import (
	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/probes/health"
)

// Rules are what a decision follows beside the verdicts: the user's failure
// policy, and what is known of the prober's own network.
type Rules struct {
	Policy  v1alpha1.FailurePolicy
	Network health.Network
}

// inForce reports whether the failure policy decides which hosts of a port are published.
// KeepLast is in force if the gate holds a host. The other actions are in force as long as no
// tier has a quorum, from the moment when a published host fails. Without published hosts they
// wait until all verdicts are known: the hosts of a new object are not healthy before the first
// probe.
func (r Rules) inForce(s *Port, held bool) bool {
	switch r.Policy.EffectiveAction() {
	case v1alpha1.ActionKeepLast:
		return held
	default:
		return s.belowMinHealthy && (s.outage || s.publishedUnhealthy || !s.pending())
	}
}

// isolates reports whether an isolated prober affects these hosts. It does so only for objects
// with failing hosts: the verdicts of the others are not in question.
func (r Rules) isolates(endpoints []hosts.Endpoint, v hosts.Verdicts) bool {
	if !r.Network.Isolated {
		return false
	}
	for _, e := range endpoints {
		if e.Active() && (v[e.ID].Failing() || v[e.ID].State == health.Unhealthy) {
			return true
		}
	}
	return false
}
