package externalservice

import (
	"net/netip"
	"time"

	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/evidence"
	"github.com/external-endpoints/operator/probes/health"
)

// modelRule is the engine's rule in a state of the model.
type modelRule struct {
	w         *modelWorld
	fleet     *evidence.Fleet
	group     *evidence.Group
	members   [modelHosts]*evidence.Member // nil: not probed
	targets   [modelHosts]*evidence.Target
	elsewhere []*evidence.Target
}

// hostsElsewhere is how many hosts another object has. They are so many that the hosts of the model
// can all be up, and nine tenths of all targets are unreachable.
const hostsElsewhere = 30

// modelTarget is a target without an engine.
type modelTarget struct{}

// Timeout implements [evidence.TargetOwner].
func (modelTarget) Timeout() time.Duration { return time.Second }

// add attaches a new member of the group to a target of its own.
func (r *modelRule) add(g *evidence.Group, id engine.MemberID, s evidence.Settings) (*evidence.Member, *evidence.Target) {
	m, t := evidence.NewMember(id, health.Verdict{}), &evidence.Target{Owner: modelTarget{}}
	g.Join(m)
	m.Configure(s)
	r.fleet.Attach(m, t, id.Address)
	return m, t
}

// rule is the rule in a state. An isolation is one of the other object's hosts as well.
func (w *modelWorld) rule(s modelState) *modelRule {
	origin := timeOf(1).Add(-time.Hour)
	r := &modelRule{w: w, fleet: evidence.NewFleet(origin), group: evidence.NewGroup(nil)}
	r.fleet.AddGroup(r.group)
	state := evidence.FleetState{Isolated: s.isolated}
	for i, kind := range w.hosts {
		h := s.hosts[i]
		if h.denied {
			continue
		}
		m, t := r.add(r.group, id(i+1), evidence.Settings{Tier: kind.tier, Witness: !h.drained, Thresholds: w.limits, FastInterval: time.Second})
		r.members[i], r.targets[i] = m, t
		t.InFlight, t.Started = h.flight.running, timeOf(h.flight.started)
		m.Restore(evidence.MemberState{Verdict: h.verdict(), Answered: h.answered, Elsewhere: h.elsewhere})
		if h.flight.stale && t.Started.After(state.Ended) {
			state.Since, state.Ended = t.Started.Add(1), t.Started.Add(1)
		}
		if s.isolated && h.failing() {
			state.Unreachable = append(state.Unreachable, t)
		}
	}
	if s.isolated {
		state.Ended = time.Time{}
	}
	r.addElsewhere(s, &state)
	r.fleet.Restore(state)
	r.fleet.ApplyQuorums(r.group, hosts.EvidenceByTier(w.layout(s.intents()).Endpoints, w.policy()), timeOf(stepStarts))
	return r
}

// addElsewhere adds the hosts of another object.
func (r *modelRule) addElsewhere(s modelState, state *evidence.FleetState) {
	if !r.w.elsewhere {
		return
	}
	other := evidence.NewGroup(nil)
	r.fleet.AddGroup(other)
	count := 1
	if s.isolated {
		count = hostsElsewhere
	}
	up := health.Verdict{State: health.Healthy}
	for n := range count {
		m, t := r.add(other, engine.MemberID{Address: netip.AddrFrom4([4]byte{10, 9, 0, byte(n)}), Port: "pg"}, evidence.Settings{Witness: true, Thresholds: r.w.limits})
		m.Restore(evidence.MemberState{Verdict: up})
		r.elsewhere = append(r.elsewhere, t)
		if n == 0 && s.elsewhere > 0 {
			r.fleet.ObserveResult(t, timeOf(s.elsewhere), timeOf(s.elsewhere), true)
		}
		if s.isolated {
			since := timeOf(stepStarts - 1)
			m.Restore(evidence.MemberState{Verdict: up.Next(health.Sample{Started: since, Ended: since, Failure: "Timeout"}, health.Thresholds{Rise: 1, Fall: 2})})
			state.Unreachable = append(state.Unreachable, t)
		}
	}
}

// into is the state with what the rule has made of it.
func (r *modelRule) into(s modelState) modelState {
	if s.isolated && !r.fleet.Isolated() {
		s.isolated = false
		for i := range s.hosts {
			s.hosts[i].flight.stale = s.hosts[i].flight.running
		}
	}
	for i, m := range r.members {
		if m == nil {
			continue
		}
		state := m.State()
		s.hosts[i].believed = beliefIn(state.Verdict, r.w.mostSuccesses(), r.w.limits.Fall)
		if state.Verdict.Failing() {
			s.hosts[i].answered, s.hosts[i].elsewhere = state.Answered, state.Elsewhere
		}
	}
	return s
}
