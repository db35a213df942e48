package externalservice

import (
	"context"
	"maps"
	"net/netip"

	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
)

// reportOnly is what mode Observe comes to: the hosts are probed and reported, and
// nothing but the status is written, restored or taken back, whatever stands
// against the spec.
func (r *Reconciler) reportOnly(ctx context.Context, f facts, m *memory, a acceptance) (reconcile.Result, error) {
	var listed map[engine.MemberID]bool
	l, v, next := r.settle(ctx, f, m, func(l layout, _ verdicts) map[engine.MemberID]bool {
		listed = f.listed(l)
		return listed
	})
	a = a.given(l)
	m.letGo(v)
	return r.handOver(ctx, tidings{facts: f, memory: m, verdicts: v, report: report{
		acceptance: a,
		endpoints:  endpointStatuses(f.object.Spec, l, v, decision{published: listed}),
		shares:     sharesOf(l.endpoints, v, f.object.Spec.FailurePolicy),
		strays:     strays(l, listed),
		backlog:    r.engine.Backlog(keyOf(f)),
		pending:    undecided(l, v) || l.awaited(),
		programmed: observing(),
		obstacle:   obstacleOf(f, l),
		names:      l.names,
		overflow:   l.overflow,
	}}, next, nil)
}

// begin makes the memory of a starting operator. Of an object that is observed the
// slices tell who gets traffic, as of any other, but of health only the status
// does: nobody has kept the slices up to date.
func begin(f facts) *memory {
	m := inherit(f)
	if !f.observes() {
		return m
	}
	for _, status := range f.object.Status.Endpoints {
		id, named := memberOf(status)
		if state, decided := decidedState(status); named && decided {
			m.take(id, verdictOf(state, status))
		}
	}
	return m
}

// letGo notes that nothing is decided at present. What the slices say when the
// mode changes back is the user's doing: no probe triggered it, however long ago
// a host failed.
func (m *memory) letGo(v verdicts) {
	m.observing, m.noEndpoints = true, false
	m.acknowledged = make(map[engine.MemberID]taken, len(v))
	for id, verdict := range v {
		m.acknowledged[id] = taken{trigger: verdict.Trigger}
	}
}

// takeUp ends a time of observing, if there was one. The slices were free to
// become what others made of them, so what they say by now counts and no decision
// from before, as at the start of a new process. Not from the slices are the
// verdicts, which the engine went on with, and what events have told.
func (m *memory) takeUp(f facts) {
	if !m.observing {
		return
	}
	states, inherited, acknowledged, names := m.states, m.inherited, m.acknowledged, m.names
	*m = *inherit(f)
	m.states, m.inherited, m.acknowledged, m.names = states, inherited, acknowledged, names
}

// listed are the endpoints that our slices send traffic to at this time, under the
// spec's names of their ports.
func (f facts) listed(l layout) map[engine.MemberID]bool {
	f.endpoints = nil // those that somebody wrote by hand are not ours
	listed, records := map[engine.MemberID]bool{}, map[netip.AddrPort]bool{}
	for _, e := range l.endpoints {
		records[netip.AddrPortFrom(e.id.Address, e.id.Instance)] = true
	}
	instance := func(address netip.Addr, number int32) uint16 {
		if records[netip.AddrPortFrom(address, uint16(number))] {
			return uint16(number)
		}
		return 0
	}
	for id, state := range f.publishedStates(instance) {
		if state.Ready && !state.Terminating {
			listed[id] = true
		}
	}
	return listed
}

// strays counts the listed endpoints that the spec does not have any more.
func strays(l layout, listed map[engine.MemberID]bool) int {
	left := maps.Clone(listed)
	for _, e := range l.endpoints {
		delete(left, e.id)
	}
	return len(left)
}

// undecided reports whether the first verdict on some host is still to come.
func undecided(l layout, v verdicts) bool {
	for _, e := range l.endpoints {
		if e.active() && v[e.id].State == health.Unknown {
			return true
		}
	}
	return false
}

// observing is the programming of an object that is only observed.
func observing() programming {
	return programming{v1alpha1.ReasonObserving, "spec.mode is Observe: hosts are checked and reported, nothing is written, " +
		"and what is published stays as it is; set spec.mode to Publish to have the healthy hosts get the traffic"}
}
