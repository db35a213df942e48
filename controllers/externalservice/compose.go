package externalservice

import (
	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/endpointslice"
	"github.com/external-endpoints/operator/probes/health"
)

// compose says what the slices must hold.
//
//	host is              ready  serving  terminating
//	published            true   true     false
//	unhealthy            false  false    false
//	drained and healthy  false  true     true
//
// serving without ready and terminating is never written: some consumers send
// traffic there. Hosts that nobody has judged yet are left out, as are disabled
// and denied ones: an address that the policy forbids appears nowhere.
func compose(f facts, endpoints []endpoint, v verdicts, d decision, before acknowledged) []endpointslice.Endpoint {
	composer := composer{
		keepUnhealthy: f.object.Spec.Publish.UnhealthyHosts != v1alpha1.UnhealthyRemove,
		allReady:      f.publishesNotReady(),
		verdicts:      v,
		decision:      d,
		before:        before,
	}
	var composed []endpointslice.Endpoint
	for _, host := range byHost(endpoints) {
		for _, group := range byHealth(host) {
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
	verdicts                verdicts
	decision                decision
	before                  acknowledged
}

// endpoint composes one entry of a slice from endpoints of one host that share
// their health, and are published together.
func (c composer) endpoint(group []endpoint) (endpointslice.Endpoint, bool) {
	first := group[0]
	verdict := c.verdicts[first.id]
	entry := endpointslice.Endpoint{
		Address:  first.id.Address,
		Hostname: first.hostname,
		Zone:     first.zone,
	}
	for _, e := range group {
		entry.Ports = append(entry.Ports, e.slicePort)
	}
	entry.Ready = c.decision.published[first.id]
	entry.Trigger = triggerOf(first, verdict, entry.Ready, c.before[first.id])
	entry.Serving = entry.Ready
	switch {
	case !first.watched(), verdict.State == health.Unknown && !entry.Ready:
		return entry, false
	case first.intent == v1alpha1.HostDrain:
		healthy := verdict.State == health.Healthy
		entry.Serving, entry.Terminating = healthy, healthy
	}
	if c.allReady {
		entry.Ready, entry.Serving = true, true
	}
	entry.Withheld = !entry.Ready && !entry.Serving && !c.keepUnhealthy
	return entry, true
}

// desiredEndpoints are what the slices are to hold.
type desiredEndpoints = []endpointslice.Endpoint
