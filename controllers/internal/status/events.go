package status

import (
	"cmp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/controllers/internal/text"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
)

// Reasons of events that no condition has.
const (
	EventHostUnhealthy = "HostUnhealthy"
	eventHostHealthy   = "HostHealthy"
	eventRecovered     = "Recovered"
	EventNameResolved  = "NameResolved"
)

// Transition is a change of verdict that an event reports.
type Transition struct {
	Endpoint v1alpha1.EndpointStatus
	To       health.State
}

// Transitions compares the verdicts with those reported before, in a stable order.
func Transitions(before map[engine.MemberID]health.State, v hosts.Verdicts, endpoints []v1alpha1.EndpointStatus) []Transition {
	byID := map[engine.MemberID]v1alpha1.EndpointStatus{}
	for _, e := range endpoints {
		if id, named := MemberOf(e); named {
			byID[id] = e
		}
	}
	var changed []Transition
	for id, verdict := range v {
		if e, shown := byID[id]; shown && verdict.State != before[id] && verdict.State != health.Unknown {
			changed = append(changed, Transition{Endpoint: e, To: verdict.State})
		}
	}
	slices.SortFunc(changed, func(a, b Transition) int {
		return cmp.Or(compareHosts(a.Endpoint.Host, b.Endpoint.Host), compareHosts(a.Endpoint.Address, b.Endpoint.Address),
			cmp.Compare(a.Endpoint.Port, b.Endpoint.Port), cmp.Compare(a.Endpoint.TargetPort, b.Endpoint.TargetPort))
	})
	return changed
}

// Event is what the API server is to show beside an object.
type Event struct {
	// Kind is Normal or Warning.
	Kind, Reason, Action, Text string
}

func normal(reason, action, sentence string) Event {
	return Event{corev1.EventTypeNormal, reason, action, text.Clip(sentence)}
}

// warning clips what is longer than the API server takes, as normal does: it would refuse
// the event as a whole.
func warning(reason, sentence string) Event {
	return Event{corev1.EventTypeWarning, reason, "Publish", text.Clip(sentence)}
}

// Events are the events of transitions, one for all hosts that changed together, and of
// conditions that need attention.
func Events(before, after *v1alpha1.ExternalService, changed []Transition) []Event {
	var sent []Event
	if text := Describe(changed, health.Unhealthy); text != "" {
		sent = append(sent, warning(EventHostUnhealthy, text))
	}
	if text := Describe(changed, health.Healthy); text != "" {
		sent = append(sent, normal(eventHostHealthy, "Probe", text))
	}
	for _, conditionType := range []string{v1alpha1.ConditionAccepted, v1alpha1.ConditionProgrammed} {
		now := FindCondition(after.Status.Conditions, conditionType)
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

// NameEvents are the events of names that became stale and of those that resolve again.
func NameEvents(stale, resolved []hosts.NameReport) []Event {
	var sent []Event
	if text := namesOf(stale, func(n hosts.NameReport) string { return n.Label() + " " + n.Reason.Phrase() }); text != "" {
		consequence := "; what it last meant stays in use"
		if !slices.ContainsFunc(stale, func(n hosts.NameReport) bool { return !n.NoRecords }) {
			consequence = "; nothing is known of it"
		}
		sent = append(sent, warning(v1alpha1.ReasonNameStale, text+consequence))
	}
	if text := namesOf(resolved, func(n hosts.NameReport) string { return n.Name }); text != "" {
		sent = append(sent, normal(EventNameResolved, "Resolve", "resolved again: "+text))
	}
	return sent
}

// safetyEvents are the events of safety actions that begin or end. An action also ends when the
// user removes the hosts; then no host has recovered.
func safetyEvents(before, after *v1alpha1.ExternalService) []Event {
	var sent []Event
	was, is := SafetyAction(before), SafetyAction(after)
	switch {
	case is != "" && is != was:
		sent = append(sent, warning(is, FindCondition(after.Status.Conditions, v1alpha1.ConditionDegraded).Message))
	case was != "" && is == "" && reasonOf(after, v1alpha1.ConditionAvailable) == v1alpha1.ReasonAvailable:
		sent = append(sent, normal(eventRecovered, "Publish", "enough hosts are healthy again; unhealthy ones are taken out as usual"))
	}
	return sent
}

// SafetyAction is the reason for which hosts are not published as their health
// says; empty: none.
func SafetyAction(object *v1alpha1.ExternalService) string {
	switch reason := reasonOf(object, v1alpha1.ConditionDegraded); reason {
	case v1alpha1.ReasonFailStatic, v1alpha1.ReasonProberIsolated:
		return reason
	default:
		return ""
	}
}

// Describe lists the endpoints that reached a state; empty: none did.
func Describe(changed []Transition, to health.State) string {
	var names []string
	told := seen{}
	for _, t := range changed {
		if t.To == to && told.first(t.Endpoint) {
			names = append(names, strings.TrimSpace(EndpointName(t.Endpoint)+" "+phraseOf(t.Endpoint)))
		}
	}
	if len(names) == 0 {
		return ""
	}
	return strings.ToLower(to.String()) + ": " + text.ShortList(names)
}

// FindCondition returns the condition of that type, or nil.
func FindCondition(conditions []metav1.Condition, conditionType string) *metav1.Condition {
	return meta.FindStatusCondition(conditions, conditionType)
}

func reasonOf(object *v1alpha1.ExternalService, conditionType string) string {
	if c := FindCondition(object.Status.Conditions, conditionType); c != nil {
		return c.Reason
	}
	return ""
}
