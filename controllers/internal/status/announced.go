package status

import (
	"time"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
)

// Announced is what status and events have reported already.
type Announced struct {
	// States are the verdicts that events have reported.
	States map[engine.MemberID]health.State
	// limiter bounds how often they are.
	limiter rateLimiter
	// Names are the reports in the last status; NamesAnnounced are those of the last event, which
	// namesLimiter may delay.
	Names          map[string]hosts.NameReport
	NamesAnnounced map[string]hosts.NameReport
	namesLimiter   rateLimiter
}

// NextTransitions are the transitions to report now; they count as reported then. While the rate
// limit holds events back there are none, and hold says for how long. The verdicts are compared
// with those reported last, so that all changes since then are reported together.
func (m *Announced) NextTransitions(
	v hosts.Verdicts, endpoints []v1alpha1.EndpointStatus, now time.Time,
) (changed []Transition, hold time.Duration) {
	if v == nil {
		return nil, 0
	}
	changed = Transitions(m.States, v, endpoints)
	if len(changed) > 0 {
		hold = m.limiter.delay(now)
	}
	if hold > 0 {
		return nil, hold
	}
	m.States = StatesOf(v)
	return changed, 0
}

// NextNames are the names to report now. They have a rate limit of their own: a resolver that
// fails and recovers affects many names, and must not delay events about hosts.
func (m *Announced) NextNames(names []hosts.NameReport, now time.Time) (stale, resolved []hosts.NameReport, hold time.Duration) {
	stale, resolved = nameChanges(m.NamesAnnounced, names)
	if len(stale)+len(resolved) > 0 {
		hold = m.namesLimiter.delay(now)
	}
	if hold > 0 {
		return nil, nil, hold
	}
	m.NamesAnnounced = ByName(names)
	return stale, resolved, 0
}

// StatesOf are the states of the verdicts.
func StatesOf(v hosts.Verdicts) map[engine.MemberID]health.State {
	states := make(map[engine.MemberID]health.State, len(v))
	for id, verdict := range v {
		states[id] = verdict.State
	}
	return states
}
