package engine

import (
	"time"

	"github.com/external-endpoints/operator/probes/schedule"
)

const (
	// regularShare and urgentShare are how many times as many probes as there are free places a
	// namespace may have in flight. The fewer places are free the fewer it may hold, so that n
	// namespaces whose hosts all hang leave one place in 4n+1 to the others, and any number of
	// namespaces shares the bound without knowing of each other (dynamic thresholds, Choudhury
	// and Hahne 1998). Urgent probes may use more: what hangs at rest must not keep a
	// failure from being proven.
	regularShare = 4
	urgentShare  = 16

	// repeatsPerSecond is how many probes of a namespace are repeated out of turn in a second
	// because the prober was late. Repeats are load: while the prober is starved of CPU, every
	// failure is late, and without a bound the repeats would keep it starved.
	repeatsPerSecond = 50
)

// tenant is a namespace: limits are shared fairly between tenants.
type tenant struct {
	namespace string
	groups    int
	// inflight is how many probes run on its behalf.
	inflight int
	repeats  schedule.Pacer
}

// lockedTenant returns the tenant that groups of a namespace belong to.
func (e *Engine) lockedTenant(namespace string) *tenant {
	t := e.tenants[namespace]
	if t == nil {
		t = &tenant{namespace: namespace, repeats: schedule.NewPacer(repeatsPerSecond)}
		e.tenants[namespace] = t
	}
	return t
}

// lockedDropTenant forgets the tenant if nothing is left of it. While probes of deleted
// groups are in flight it stays: they hold places of its share.
func (e *Engine) lockedDropTenant(t *tenant) {
	if t.groups == 0 && t.inflight == 0 {
		delete(e.tenants, t.namespace)
	}
}

// lockedMayStart reports whether the bound on probes in flight leaves the tenant a place.
func (e *Engine) lockedMayStart(t *tenant, urgent bool) bool {
	if e.maxInflight == 0 {
		return true
	}
	share := regularShare
	if urgent {
		share = urgentShare
	}
	free := e.maxInflight - e.inflight
	if t.inflight == 0 {
		return free > 0
	}
	return t.inflight < share*(free-1) // the last place is for a tenant that has none
}

// lockedTenantFor returns the tenant on whose behalf the target may be probed now, or nil. A target
// that namespaces share is probed as soon as one of them has a place: none can delay it by
// watching it as well.
func (e *Engine) lockedTenantFor(t *target) *tenant {
	for _, m := range t.members {
		if e.lockedMayStart(m.group.tenant, t.urgent) {
			return m.group.tenant
		}
	}
	return nil
}

// lockedMayRepeat reports whether a probe that was inconclusive because the prober was late may be
// repeated out of turn.
func (e *Engine) lockedMayRepeat(t *target, now time.Time) bool {
	for _, m := range t.members {
		if m.group.tenant.repeats.Take(now) == 0 {
			return true
		}
	}
	return false
}

// lockedFree gives the place of a probe back that has ended, and wakes Run if others wait for one.
func (e *Engine) lockedFree(t *tenant, now time.Time) {
	t.inflight--
	e.inflight--
	e.lockedDropTenant(t)
	if e.maxInflight > 0 && e.queue.holding() {
		e.heldUntil = later(e.heldUntil, now) // what waited for a place is not late
		e.wakeUp()
	}
}
