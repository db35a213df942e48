package status

import (
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/failover"
	"github.com/external-endpoints/operator/probes/engine"
)

// conditionsFor composes the conditions of the report. Those that exist only while they are
// True are left out otherwise.
func conditionsFor(r Report, hosts v1alpha1.HostCounts) []metav1.Condition {
	accepted := metav1.Condition{
		Type: v1alpha1.ConditionAccepted, Status: truth(r.Acceptance.Accepted()),
		Reason: r.Acceptance.Reason, Message: r.Acceptance.Message,
	}
	programmed := metav1.Condition{
		Type: v1alpha1.ConditionProgrammed, Status: truth(r.Programmed.Reason == v1alpha1.ReasonProgrammed),
		Reason: r.Programmed.Reason, Message: r.Programmed.Message,
	}
	available := availableFor(r, hosts)
	conditions := []metav1.Condition{accepted, programmed, available, readyFor(accepted, programmed, available)}
	if degraded := degradedFor(r); degraded != nil {
		conditions = append(conditions, *degraded)
	}
	switch {
	case r.Acceptance.Stalled:
		conditions = append(conditions, metav1.Condition{
			Type: v1alpha1.ConditionStalled, Status: metav1.ConditionTrue,
			Reason: r.Acceptance.Reason, Message: r.Acceptance.Message,
		})
	case r.Pending:
		conditions = append(conditions, metav1.Condition{
			Type: v1alpha1.ConditionReconciling, Status: metav1.ConditionTrue,
			Reason: v1alpha1.ReasonPending, Message: available.Message,
		})
	case r.Programmed.Reason == v1alpha1.ReasonObserving: // until a user changes the mode
		conditions = append(conditions, metav1.Condition{
			Type: v1alpha1.ConditionStalled, Status: metav1.ConditionTrue,
			Reason: v1alpha1.ReasonObserving, Message: r.Programmed.Message,
		})
	}
	return conditions
}

// availableFor is True when the hosts of some tier are enough. A host counts as
// healthy when it is on every port.
func availableFor(r Report, hosts v1alpha1.HostCounts) metav1.Condition {
	c := metav1.Condition{Type: v1alpha1.ConditionAvailable, Status: metav1.ConditionFalse, Message: Summary(r, hosts)}
	active, unknown := 0, 0
	for _, e := range r.Endpoints {
		switch e.State {
		case v1alpha1.EndpointUnknown:
			active++
			if !IsNameFailure(e.Reason) { // nothing is awaited of a name that fails
				unknown++
			}
		case v1alpha1.EndpointHealthy, v1alpha1.EndpointUnhealthy:
			active++
		default: // on their way out, or out: they are not expected to be healthy
		}
	}
	switch {
	case slices.ContainsFunc(r.Shares, failover.Share.Enough):
		c.Status, c.Reason = metav1.ConditionTrue, v1alpha1.ReasonAvailable
	case active == 0:
		c.Reason = v1alpha1.ReasonNoHosts
	case unknown > 0:
		c.Status, c.Reason = metav1.ConditionUnknown, v1alpha1.ReasonPending
	case hosts.Healthy > 0:
		c.Reason = v1alpha1.ReasonBelowMinHealthy
	default:
		c.Reason = v1alpha1.ReasonAllUnhealthy
	}
	return c
}

// readyFor is True when all are; else it speaks for the first that is not.
func readyFor(accepted, programmed, available metav1.Condition) metav1.Condition {
	for _, c := range []metav1.Condition{accepted, programmed, available} {
		if c.Status != metav1.ConditionTrue {
			c.Type = v1alpha1.ConditionReady
			return c
		}
	}
	return metav1.Condition{
		Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue,
		Reason: v1alpha1.ReasonReady, Message: available.Message,
	}
}

// degradedFor returns the gravest cause, or nil. What the prober has lost comes
// before what it makes of it: without a network it knows of no host how it is.
func degradedFor(r Report) *metav1.Condition {
	c := &metav1.Condition{Type: v1alpha1.ConditionDegraded, Status: metav1.ConditionTrue}
	switch {
	case r.Isolated:
		c.Reason, c.Message = v1alpha1.ReasonProberIsolated, isolatedMessage(r)
	case r.Outage:
		c.Reason, c.Message = v1alpha1.ReasonFailStatic, PolicyMessage(r)
	case r.TrafficBlocker.Reason == v1alpha1.ReasonLocalTrafficPolicy: // it keeps all hosts from traffic
		c.Reason, c.Message = r.TrafficBlocker.Reason, r.TrafficBlocker.Message
	case r.Backlog.Limit != engine.NoLimit: // what is known of the hosts is old
		c.Reason, c.Message = v1alpha1.ReasonLimitExceeded, backlogMessage(r)
	case hasState(r.Endpoints, v1alpha1.EndpointUnhealthy):
		c.Reason, c.Message = v1alpha1.ReasonHostsUnhealthy, UnhealthyList(r.Endpoints)
	case hasState(r.Endpoints, v1alpha1.EndpointDenied):
		c.Reason, c.Message = v1alpha1.ReasonHostDenied, deniedList(r.Endpoints)
	case r.TrafficBlocker.Reason != "":
		c.Reason, c.Message = r.TrafficBlocker.Reason, r.TrafficBlocker.Message
	case staleNames(r.Names) != "":
		c.Reason, c.Message = v1alpha1.ReasonNameStale, staleNames(r.Names)
	case crowdedNames(r) != "":
		c.Reason, c.Message = v1alpha1.ReasonTruncated, crowdedNames(r)
	default:
		return nil
	}
	return c
}

// setConditions replaces the conditions, and keeps the transition time of those
// whose status stays.
func setConditions(current *[]metav1.Condition, wanted []metav1.Condition, generation int64, now metav1.Time) {
	var stale []string
	for _, c := range *current {
		if meta.FindStatusCondition(wanted, c.Type) == nil {
			stale = append(stale, c.Type)
		}
	}
	for _, conditionType := range stale {
		meta.RemoveStatusCondition(current, conditionType)
	}
	for _, c := range wanted {
		c.ObservedGeneration, c.LastTransitionTime = generation, now
		meta.SetStatusCondition(current, c)
	}
}

func truth(is bool) metav1.ConditionStatus {
	if is {
		return metav1.ConditionTrue
	}
	return metav1.ConditionFalse
}

func hasState(endpoints []v1alpha1.EndpointStatus, state v1alpha1.EndpointState) bool {
	for _, e := range endpoints {
		if e.State == state {
			return true
		}
	}
	return false
}
