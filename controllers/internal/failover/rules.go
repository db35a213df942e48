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

// inForce reports whether the failure policy says who is published on a port.
// KeepLast shows in the hosts that the gate holds, and is silent otherwise. The
// others are in force as long as no tier does, from the moment when a host with
// traffic fails; without any such history they wait until all verdicts are in, for
// at the birth of an object too few hosts are healthy for want of an answer.
func (r Rules) inForce(s *Port, held bool) bool {
	switch r.Policy.EffectiveAction() {
	case v1alpha1.ActionKeepLast:
		return held
	default:
		return s.belowMinHealthy && (s.outage || s.publishedUnhealthy || !s.pending())
	}
}

// isolates reports whether the loss of the prober's network touches these hosts.
// It is told only of objects that have failing hosts: the others are what they are.
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
