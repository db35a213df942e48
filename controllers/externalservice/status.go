package externalservice

import (
	"cmp"
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
)

// report is all that a status tells.
type report struct {
	acceptance acceptance
	endpoints  []v1alpha1.EndpointStatus
	// shares are the Active hosts by tier, in the order of the tiers.
	shares []share
	// outage: too few hosts are healthy, so that action says who is published.
	outage bool
	action v1alpha1.FailureAction
	// isolated: hosts fail, and the prober has lost its network.
	isolated bool
	// backlog is by how much a limit delays probes.
	backlog engine.Backlog
	// strays counts what our slices publish and the spec no longer has.
	strays int
	// names are what is to be told of the names; overflow: some of their addresses
	// are left out because the object has too many hosts.
	names    []nameReport
	overflow bool
	// obstacle keeps traffic from hosts that are published.
	obstacle obstacle
	// pending: some host has no verdict yet, or some name no answer.
	pending    bool
	programmed programming
}

// programming is how far the API server has what was decided.
type programming struct {
	reason, message string
}

// statusFor composes the status from the report and the status before. It is a
// function of what is believed, not of when: at rest it does not change.
func statusFor(object *v1alpha1.ExternalService, r report, now metav1.Time) v1alpha1.ExternalServiceStatus {
	status := v1alpha1.ExternalServiceStatus{
		ObservedGeneration: object.Generation,
		ServiceName:        object.EffectiveServiceName(),
		Hosts:              countHosts(r.endpoints),
		Conditions:         slices.Clone(object.Status.Conditions),
	}
	setConditions(&status.Conditions, clipped(conditionsFor(r, status.Hosts)), object.Generation, now)
	status.Endpoints, status.Truncated = shorten(r.endpoints)
	return status
}

// endpointStatuses tells of every endpoint, and of names that have none, sorted by
// host, address and port.
func endpointStatuses(spec v1alpha1.ExternalServiceSpec, l layout, v verdicts, d decision) []v1alpha1.EndpointStatus {
	statuses := bareStatuses(spec, l)
	for _, e := range l.endpoints {
		verdict := v[e.id]
		status := v1alpha1.EndpointStatus{
			Host:       e.host,
			Address:    e.id.Address.String(),
			Port:       e.id.Port,
			TargetPort: e.slicePort.Number,
			State:      stateOf(e, verdict),
			Published:  d.published[e.id],
		}
		if e.denied {
			status.Reason = string(probes.AddressDenied)
		}
		if e.watched() && e.watch.err == nil {
			status.Reason = string(verdict.Reason)
			if !verdict.Since.IsZero() {
				since := metav1.NewTime(verdict.Since).Rfc3339Copy()
				status.Since = &since
			}
		}
		statuses = append(statuses, status)
	}
	slices.SortStableFunc(statuses, func(a, b v1alpha1.EndpointStatus) int {
		return cmp.Or(compareHosts(a.Host, b.Host), compareHosts(a.Address, b.Address), cmp.Compare(a.Port, b.Port),
			cmp.Compare(a.TargetPort, b.TargetPort))
	})
	return statuses
}

// hostKey is what makes lines of a status lines about one host: of a name each
// address is one, of an SRV name each address and port.
type hostKey struct {
	host, address string
	port          int32
}

func hostOf(e v1alpha1.EndpointStatus) hostKey {
	key := hostKey{host: e.Host, address: e.Address}
	if (v1alpha1.Host{Address: e.Host}).IsSRV() {
		key.port = e.TargetPort
	}
	return key
}

// countHosts counts hosts; one is healthy or published when it is on every port. A
// name without an address counts as one, and so do the denied ones of a name.
func countHosts(endpoints []v1alpha1.EndpointStatus) v1alpha1.HostCounts {
	type ports struct{ all, healthy, published, disabled int }
	hosts := map[hostKey]ports{}
	for _, e := range endpoints {
		h := hosts[hostOf(e)]
		h.all++
		if e.State == v1alpha1.EndpointHealthy {
			h.healthy++
		}
		if e.State == v1alpha1.EndpointDisabled {
			h.disabled++
		}
		if e.Published {
			h.published++
		}
		hosts[hostOf(e)] = h
	}
	var c v1alpha1.HostCounts
	for _, h := range hosts {
		if h.disabled > 0 {
			continue
		}
		c.Total++
		if h.healthy == h.all {
			c.Healthy++
		}
		if h.published == h.all {
			c.Published++
		}
	}
	c.Summary = fmt.Sprintf("%d/%d", c.Healthy, c.Total)
	return c
}

// shorten cuts the list when it is too long for an object that everybody watches:
// the unhealthy ones are kept first.
func shorten(endpoints []v1alpha1.EndpointStatus) ([]v1alpha1.EndpointStatus, bool) {
	if len(endpoints) <= v1alpha1.MaxStatusEndpoints {
		return endpoints, false
	}
	sorted := slices.Clone(endpoints)
	slices.SortStableFunc(sorted, func(a, b v1alpha1.EndpointStatus) int {
		return cmp.Compare(urgency(a), urgency(b))
	})
	return sorted[:v1alpha1.MaxStatusEndpoints], true
}

// clipped bounds the messages: what is wrong with each of many checks may fill pages.
func clipped(conditions []metav1.Condition) []metav1.Condition {
	for i := range conditions {
		conditions[i].Message = clip(conditions[i].Message)
	}
	return conditions
}

// shortEndpoints is how many endpoints a status lists that did not fit otherwise.
const shortEndpoints = 5

// shortStatus is a status that takes a few kilobytes.
func shortStatus(status v1alpha1.ExternalServiceStatus) v1alpha1.ExternalServiceStatus {
	if len(status.Endpoints) <= shortEndpoints {
		return status
	}
	sorted := slices.Clone(status.Endpoints)
	slices.SortStableFunc(sorted, func(a, b v1alpha1.EndpointStatus) int { return cmp.Compare(urgency(a), urgency(b)) })
	status.Endpoints, status.Truncated = sorted[:shortEndpoints], true
	return status
}

// urgency puts first what somebody may have to look at, and last what the slices
// tell a successor as well: who is ready is healthy.
func urgency(e v1alpha1.EndpointStatus) int {
	switch {
	case e.State == v1alpha1.EndpointUnhealthy:
		return 0
	case e.State == v1alpha1.EndpointDenied:
		return 1
	case e.State != v1alpha1.EndpointHealthy:
		return 2
	case !e.Published:
		return 3
	default:
		return 4
	}
}

// stateOf is the endpoint's state as the status shows it.
func stateOf(e endpoint, verdict health.Verdict) v1alpha1.EndpointState {
	switch {
	case e.denied:
		return v1alpha1.EndpointDenied
	case e.intent == v1alpha1.HostDisabled:
		return v1alpha1.EndpointDisabled
	case e.intent == v1alpha1.HostDrain:
		return v1alpha1.EndpointDraining
	case e.watch.err != nil:
		return v1alpha1.EndpointUnknown // it was judged, but nobody looks any more
	default:
		return v1alpha1.EndpointState(verdict.State.String())
	}
}
