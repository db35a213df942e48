package externalservice

import (
	"time"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
)

// announced is what status and events have reported already.
type announced struct {
	// states are the verdicts that events have been told about.
	states map[engine.MemberID]health.State
	// pace bounds how often they are.
	pace pace
	// names are what the status told of them last; namesAnnounced is what events did, no
	// oftener than namesPace allows.
	names          map[string]nameReport
	namesAnnounced map[string]nameReport
	namesPace      pace
}

// news are the transitions to tell now, after which they count as told. While events
// are held back there are none, and it says for how long: then the verdicts are
// compared with what was told last, so that what changed meanwhile is told together.
func (m *announced) news(v verdicts, endpoints []v1alpha1.EndpointStatus, now time.Time) (changed []transition, hold time.Duration) {
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
func (m *announced) newsOfNames(names []nameReport, now time.Time) (stale, resolved []nameReport, hold time.Duration) {
	stale, resolved = nameChanges(m.namesAnnounced, names)
	if len(stale)+len(resolved) > 0 {
		hold = m.namesPace.hold(now)
	}
	if hold > 0 {
		return nil, nil, hold
	}
	m.namesAnnounced = byName(names)
	return stale, resolved, 0
}

func statesOf(v verdicts) map[engine.MemberID]health.State {
	states := make(map[engine.MemberID]health.State, len(v))
	for id, verdict := range v {
		states[id] = verdict.State
	}
	return states
}
