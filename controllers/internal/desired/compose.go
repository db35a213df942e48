package desired

import (
	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/endpointslice"
	"github.com/external-endpoints/operator/controllers/internal/facts"
	"github.com/external-endpoints/operator/controllers/internal/failover"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/probes/health"
)

// Compose returns the endpoints that the slices must have.
//
//	host is              ready  serving  terminating
//	published            true   true     false
//	unhealthy            false  false    false
//	drained and healthy  false  true     true
//
// serving without ready and terminating is never written: some consumers send traffic there.
// Hosts without a verdict are left out, as are disabled and denied ones: an address that the
// policy denies appears nowhere.
func Compose(f facts.Facts, endpoints []hosts.Endpoint, v hosts.Verdicts, d failover.Decision, before Acknowledged) Endpoints {
	composer := composer{
		keepUnhealthy: f.Object.Spec.Publish.UnhealthyHosts != v1alpha1.UnhealthyRemove,
		allReady:      f.PublishesNotReady(),
		verdicts:      v,
		decision:      d,
		before:        before,
	}
	var composed []endpointslice.Endpoint
	for _, host := range hosts.ByHost(endpoints) {
		for _, group := range hosts.ByHealth(host) {
			if e, judged := composer.endpoint(group); judged {
				composed = append(composed, e)
			}
		}
	}
	return composed
}

// composer holds what is the same for all endpoints of one object.
type composer struct {
	keepUnhealthy, allReady bool
	verdicts                hosts.Verdicts
	decision                failover.Decision
	before                  Acknowledged
}

// endpoint composes one entry of a slice from endpoints of one host that share
// their health, and are published together.
func (c composer) endpoint(group []hosts.Endpoint) (endpointslice.Endpoint, bool) {
	first := group[0]
	verdict := c.verdicts[first.ID]
	entry := endpointslice.Endpoint{
		Address:  first.ID.Address,
		Hostname: first.Hostname,
		Zone:     first.Zone,
	}
	for _, e := range group {
		entry.Ports = append(entry.Ports, e.SlicePort)
	}
	entry.Ready = c.decision.Published[first.ID]
	entry.Trigger = TriggerOf(first, verdict, entry.Ready, c.before[first.ID])
	entry.Serving = entry.Ready
	switch {
	case !first.Probed(), verdict.State == health.Unknown && !entry.Ready:
		return entry, false
	case first.Intent == v1alpha1.HostDrain:
		healthy := verdict.State == health.Healthy
		entry.Serving, entry.Terminating = healthy, healthy
	}
	if c.allReady {
		entry.Ready, entry.Serving = true, true
	}
	entry.Omit = !entry.Ready && !entry.Serving && !c.keepUnhealthy
	return entry, true
}

// Endpoints are what the slices are to hold.
type Endpoints = []endpointslice.Endpoint
