package externalservice

import (
	"cmp"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"

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

// news are the transitions to tell now, after which they count as told. While events
// are held back there are none, and it says for how long: then the verdicts are
// compared with what was told last, so that what changed meanwhile is told together.
func (m *memory) news(v verdicts, endpoints []v1alpha1.EndpointStatus, now time.Time) (changed []transition, hold time.Duration) {
	if v == nil {
		return nil, 0
	}
	changed = transitions(m.states, v, endpoints)
	if len(changed) > 0 {
		hold = m.pace.hold(now)
	}
	if hold > 0 {
		return nil, hold
	}
	m.states = statesOf(v)
	return changed, 0
}

// newsOfNames are the names to tell of now, at a pace of their own: what a resolver
// that comes and goes does to many names must not hold back what is told of hosts.
func (m *memory) newsOfNames(names []nameReport, now time.Time) (stale, resolved []nameReport, hold time.Duration) {
	stale, resolved = nameChanges(m.announced, names)
	if len(stale)+len(resolved) > 0 {
		hold = m.namesPace.hold(now)
	}
	if hold > 0 {
		return nil, nil, hold
	}
	m.announced = byName(names)
	return stale, resolved, 0
}

func statesOf(v verdicts) map[engine.MemberID]health.State {
	states := make(map[engine.MemberID]health.State, len(v))
	for id, verdict := range v {
		states[id] = verdict.State
	}
	return states
}

// emitter sends events.
type emitter struct{ recorder events.EventRecorder }

// send tells of transitions, hosts that changed together in one event, and of
// conditions that call for somebody's attention.
func (s emitter) send(before, after *v1alpha1.ExternalService, changed []transition) {
	if text := describe(changed, health.Unhealthy); text != "" {
		s.warn(after, eventHostUnhealthy, text)
	}
	if text := describe(changed, health.Healthy); text != "" {
		s.tell(after, eventHostHealthy, "Probe", text)
	}
	for _, conditionType := range []string{v1alpha1.ConditionAccepted, v1alpha1.ConditionProgrammed} {
		now := findCondition(after.Status.Conditions, conditionType)
		switch {
		case now.Status != metav1.ConditionFalse, now.Reason == reasonOf(before, conditionType), now.Reason == v1alpha1.ReasonPending:
		case now.Reason == v1alpha1.ReasonObserving: // as the user wishes
			s.tell(after, now.Reason, "Observe", now.Message)
		default:
			s.warn(after, now.Reason, now.Message)
		}
	}
	if reasonOf(after, v1alpha1.ConditionProgrammed) != v1alpha1.ReasonObserving {
		s.sendSafety(before, after) // an outage that nothing is done about any more did not end
	}
}

// sendNames tells of names that cannot be resolved any more, and of those that can
// be again.
func (s emitter) sendNames(object *v1alpha1.ExternalService, stale, resolved []nameReport) {
	if text := namesOf(stale, func(n nameReport) string { return n.label() + " " + n.reason.Phrase() }); text != "" {
		consequence := "; what it last meant stays in use"
		if !slices.ContainsFunc(stale, func(n nameReport) bool { return !n.blank }) {
			consequence = "; nothing is known of it"
		}
		s.warn(object, v1alpha1.ReasonNameStale, text+consequence)
	}
	if text := namesOf(resolved, func(n nameReport) string { return n.name }); text != "" {
		s.tell(object, eventNameResolved, "Resolve", "resolved again: "+text)
	}
}

// sendSafety tells of safety actions that begin, and of the end of the last. They can
// also end because the user takes the hosts away: nobody recovered then.
func (s emitter) sendSafety(before, after *v1alpha1.ExternalService) {
	was, is := safetyAction(before), safetyAction(after)
	switch {
	case is != "" && is != was:
		s.warn(after, is, findCondition(after.Status.Conditions, v1alpha1.ConditionDegraded).Message)
	case was != "" && is == "" && reasonOf(after, v1alpha1.ConditionAvailable) == v1alpha1.ReasonAvailable:
		s.tell(after, eventRecovered, "Publish", "enough hosts are healthy again; unhealthy ones are taken out as usual")
	}
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

// tell and warn clip what is longer than the API server takes: it would refuse the
// event as a whole.
func (s emitter) tell(object *v1alpha1.ExternalService, reason, action, text string) {
	s.recorder.Eventf(object, nil, corev1.EventTypeNormal, reason, action, "%s", clip(text))
}

func (s emitter) warn(object *v1alpha1.ExternalService, reason, text string) {
	s.recorder.Eventf(object, nil, corev1.EventTypeWarning, reason, "Publish", "%s", clip(text))
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
