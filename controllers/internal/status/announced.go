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
	// States are the verdicts that events have been told about.
	States map[engine.MemberID]health.State
	// limiter bounds how often they are.
	limiter rateLimiter
	// Names are what the status told of them last; namesAnnounced is what events did, no
	// oftener than namesPace allows.
	Names          map[string]hosts.NameReport
	NamesAnnounced map[string]hosts.NameReport
	namesLimiter   rateLimiter
}

// NextTransitions are the transitions to tell now, after which they count as told. While events
// are held back there are none, and it says for how long: then the verdicts are
// compared with what was told last, so that what changed meanwhile is told together.
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

// NextNames are the names to tell of now, at a pace of their own: what a resolver
// that comes and goes does to many names must not hold back what is told of hosts.
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
