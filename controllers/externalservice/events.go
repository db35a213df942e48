package externalservice

import (
	"cmp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
)

// Reasons of events that no condition has.
const (
	eventHostUnhealthy = "HostUnhealthy"
	eventHostHealthy   = "HostHealthy"
	eventRecovered     = "Recovered"
	eventNameResolved  = "NameResolved"
)

// transition is a change of verdict to be told.
type transition struct {
	endpoint v1alpha1.EndpointStatus
	to       health.State
}

// transitions compares the verdicts with those told before, in a stable order.
func transitions(before map[engine.MemberID]health.State, v verdicts, endpoints []v1alpha1.EndpointStatus) []transition {
	byID := map[engine.MemberID]v1alpha1.EndpointStatus{}
	for _, e := range endpoints {
		if id, named := memberOf(e); named {
			byID[id] = e
		}
	}
	var changed []transition
	for id, verdict := range v {
		if e, shown := byID[id]; shown && verdict.State != before[id] && verdict.State != health.Unknown {
			changed = append(changed, transition{endpoint: e, to: verdict.State})
		}
	}
	slices.SortFunc(changed, func(a, b transition) int {
		return cmp.Or(compareHosts(a.endpoint.Host, b.endpoint.Host), compareHosts(a.endpoint.Address, b.endpoint.Address),
			cmp.Compare(a.endpoint.Port, b.endpoint.Port), cmp.Compare(a.endpoint.TargetPort, b.endpoint.TargetPort))
	})
	return changed
}

// notice is what the API server is to show beside an object.
type notice struct {
	// kind is Normal or Warning.
	kind, reason, action, text string
}

func normal(reason, action, text string) notice {
	return notice{corev1.EventTypeNormal, reason, action, clip(text)}
}

// warning clips what is longer than the API server takes, as normal does: it would refuse
// the event as a whole.
func warning(reason, text string) notice {
	return notice{corev1.EventTypeWarning, reason, "Publish", clip(text)}
}

// eventsFor tells of transitions, hosts that changed together in one event, and of
// conditions that call for somebody's attention.
func eventsFor(before, after *v1alpha1.ExternalService, changed []transition) []notice {
	var sent []notice
	if text := describe(changed, health.Unhealthy); text != "" {
		sent = append(sent, warning(eventHostUnhealthy, text))
	}
	if text := describe(changed, health.Healthy); text != "" {
		sent = append(sent, normal(eventHostHealthy, "Probe", text))
	}
	for _, conditionType := range []string{v1alpha1.ConditionAccepted, v1alpha1.ConditionProgrammed} {
		now := findCondition(after.Status.Conditions, conditionType)
		switch {
		case now.Status != metav1.ConditionFalse, now.Reason == reasonOf(before, conditionType), now.Reason == v1alpha1.ReasonPending:
		case now.Reason == v1alpha1.ReasonObserving: // as the user wishes
			sent = append(sent, normal(now.Reason, "Observe", now.Message))
		default:
			sent = append(sent, warning(now.Reason, now.Message))
		}
	}
	if reasonOf(after, v1alpha1.ConditionProgrammed) != v1alpha1.ReasonObserving {
		sent = append(sent, safetyEvents(before, after)...) // an outage that nothing is done about any more did not end
	}
	return sent
}

// nameEvents tells of names that cannot be resolved any more, and of those that can
// be again.
func nameEvents(stale, resolved []nameReport) []notice {
	var sent []notice
	if text := namesOf(stale, func(n nameReport) string { return n.label() + " " + n.reason.Phrase() }); text != "" {
		consequence := "; what it last meant stays in use"
		if !slices.ContainsFunc(stale, func(n nameReport) bool { return !n.blank }) {
			consequence = "; nothing is known of it"
		}
		sent = append(sent, warning(v1alpha1.ReasonNameStale, text+consequence))
	}
	if text := namesOf(resolved, func(n nameReport) string { return n.name }); text != "" {
		sent = append(sent, normal(eventNameResolved, "Resolve", "resolved again: "+text))
	}
	return sent
}

// safetyEvents tells of safety actions that begin, and of the end of the last. They can
// also end because the user takes the hosts away: nobody recovered then.
func safetyEvents(before, after *v1alpha1.ExternalService) []notice {
	var sent []notice
	was, is := safetyAction(before), safetyAction(after)
	switch {
	case is != "" && is != was:
		sent = append(sent, warning(is, findCondition(after.Status.Conditions, v1alpha1.ConditionDegraded).Message))
	case was != "" && is == "" && reasonOf(after, v1alpha1.ConditionAvailable) == v1alpha1.ReasonAvailable:
		sent = append(sent, normal(eventRecovered, "Publish", "enough hosts are healthy again; unhealthy ones are taken out as usual"))
	}
	return sent
}

// safetyAction is the reason for which hosts are not published as their health
// says; empty: none.
func safetyAction(object *v1alpha1.ExternalService) string {
	switch reason := reasonOf(object, v1alpha1.ConditionDegraded); reason {
	case v1alpha1.ReasonFailStatic, v1alpha1.ReasonProberIsolated:
		return reason
	default:
		return ""
	}
}

// describe tells in a line which endpoints reached a state; empty: none did.
func describe(changed []transition, to health.State) string {
	var names []string
	told := mentions{}
	for _, t := range changed {
		if t.to == to && told.first(t.endpoint) {
			names = append(names, strings.TrimSpace(endpointName(t.endpoint)+" "+phraseOf(t.endpoint)))
		}
	}
	if len(names) == 0 {
		return ""
	}
	return strings.ToLower(to.String()) + ": " + shortList(names)
}

func findCondition(conditions []metav1.Condition, conditionType string) *metav1.Condition {
	return meta.FindStatusCondition(conditions, conditionType)
}

func reasonOf(object *v1alpha1.ExternalService, conditionType string) string {
	if c := findCondition(object.Status.Conditions, conditionType); c != nil {
		return c.Reason
	}
	return ""
}
