package externalservice

import (
	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/endpointslice"
	"github.com/external-endpoints/operator/probes/engine"
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
func compose(f facts, endpoints []endpoint, v verdicts, d decision, m *memory) []endpointslice.Endpoint {
	composer := composer{
		keepUnhealthy: f.object.Spec.Publish.UnhealthyHosts != v1alpha1.UnhealthyRemove,
		allReady:      f.publishesNotReady(),
		verdicts:      v,
		decision:      d,
		before:        m.acknowledged,
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
	before                  map[engine.MemberID]taken
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

// byHost splits the endpoints, which come host by host.
func byHost(endpoints []endpoint) [][]endpoint {
	var hosts [][]endpoint
	for start := 0; start < len(endpoints); {
		end := start + 1
		for end < len(endpoints) && sameHost(endpoints[end].id, endpoints[start].id) {
			end++
		}
		hosts = append(hosts, endpoints[start:end])
		start = end
	}
	return hosts
}

func sameHost(a, b engine.MemberID) bool { return a.Address == b.Address && a.Instance == b.Instance }

// byHealth groups the ports of one host: ports whose health can differ go into
// slices of their own, because a slice says one thing for all its ports.
func byHealth(host []endpoint) [][]endpoint {
	var groups [][]endpoint
	for _, e := range host {
		placed := false
		for i := range groups {
			if alike(groups[i][0], e) {
				groups[i] = append(groups[i], e)
				placed = true
				break
			}
		}
		if !placed {
			groups = append(groups, []endpoint{e})
		}
	}
	return groups
}
