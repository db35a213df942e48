package failover

import (
	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/probes/health"
)

// spareable reports by port whether the hosts that DNS has dropped may be removed: some tier has
// a quorum of healthy hosts among those that stay.
//
// This is the removal gate for healthy hosts. A host that may be removed counts no more than one
// that the user removes, also for the choice of the active tiers: otherwise a standby tier that
// justifies the removal would stay on standby. Where no host would be left, DNS removes hosts
// only once a new host is healthy, and never empties a Service.
func spareable(endpoints []hosts.Endpoint, v hosts.Verdicts, policy v1alpha1.FailurePolicy) map[string]bool {
	type tierOf struct {
		port     string
		priority int32
	}
	type count struct{ staying, steady int }
	tiers := map[tierOf]count{}
	for _, e := range endpoints {
		if !e.Active() || e.RemovedFromDNS {
			continue
		}
		key := tierOf{e.ID.Port, e.Tier}
		c := tiers[key]
		c.staying++
		if steady(e, v[e.ID]) {
			c.steady++
		}
		tiers[key] = c
	}
	ports := map[string]bool{}
	for key, c := range tiers {
		if c.steady >= policy.EffectiveMinHealthy(c.staying) {
			ports[key.port] = true
		}
	}
	return ports
}

// steady reports whether a host is healthy and its latest probe, one of this
// process, agrees.
func steady(e hosts.Endpoint, v health.Verdict) bool {
	asked := v.Run.Length > 0 || e.Check.Probe.None != nil
	return v.State == health.Healthy && asked && !v.Failing()
}
