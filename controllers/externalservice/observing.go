package externalservice

import (
	"context"
	"maps"

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
		listed = listedEndpoints(f, l)
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
