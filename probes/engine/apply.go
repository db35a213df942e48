package engine

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/evidence"
	"github.com/external-endpoints/operator/probes/health"
)

// Apply replaces the plan of a group. An error names the checks that cannot be compiled: their members
// keep their verdicts, and all others are probed as planned.
func (e *Engine) Apply(plan Plan) error {
	changed, err := e.applyPlan(plan)
	e.notify(losses(changed))
	return err
}

// applyPlan replaces the plan, and returns the other groups whose removals may have changed.
func (e *Engine) applyPlan(plan Plan) ([]Key, error) {
	acquired, err := e.acquire(plan)
	e.mu.Lock()
	defer e.mu.Unlock()
	defer e.lockedReleaseAll(acquired)
	now := time.Now()
	g := e.groups[plan.Key]
	if g == nil {
		g = newGroup(plan.Key, newGroupCounters(plan.Key, now, e.metrics), e.lockedTenant(plan.Key.Namespace))
		g.tenant.groups++
		e.groups[plan.Key] = g
		e.fleet.AddGroup(&g.Group)
	}
	g.Tiered, g.Outage, g.interval = plan.tiered(), plan.HoldDown, plan.interval()

	keep := make(map[MemberID]struct{}, len(plan.Members))
	for i := range plan.Members {
		keep[plan.Members[i].ID] = struct{}{}
	}
	leaving, members := g.VerdictsLeaving(keep), g.ByID()
	for i := range plan.Members {
		planned := &plan.Members[i]
		m := members[planned.ID]
		if m == nil {
			initial := planned.Initial
			if t := e.targets[targetID{planned.Target, acquired[planned.Check]}]; t != nil && initial.State == health.Unknown {
				if known, ok := leaving[&t.Target]; ok {
					initial = known
				}
			}
			m = evidence.NewMember(planned.ID, initial)
			g.Join(m)
			members[m.ID] = m
		}
		m.Configure(planned.settings())
		e.lockedSetTarget(m, planned, acquired[planned.Check], now)
	}
	for _, m := range g.Leave(keep) {
		e.lockedDetach(m)
	}
	for i := range plan.Members {
		e.lockedEnter(members[plan.Members[i].ID], now) // slots depend on the number of targets
	}
	changed := keysOf(e.fleet.ApplyQuorums(&g.Group, plan.Evidence, now))
	e.lockedExpedite(now)
	return changed, err
}

// Forget removes a group.
func (e *Engine) Forget(key Key) { e.notify(losses(e.forget(key))) }

// forget removes a group, and returns the other groups whose removals may have changed.
func (e *Engine) forget(key Key) []Key {
	e.mu.Lock()
	defer e.mu.Unlock()
	g := e.groups[key]
	if g == nil {
		return nil
	}
	for _, m := range g.Leave(nil) {
		e.lockedDetach(m)
	}
	delete(e.groups, key)
	delete(e.delayed, g)
	g.counters.forget()
	g.tenant.groups--
	e.lockedDropTenant(g.tenant)
	return keysOf(e.fleet.RemoveGroup(&g.Group))
}

// lockedSetTarget attaches the member to the target of its check.
func (e *Engine) lockedSetTarget(m *evidence.Member, planned *Member, check *compiled, now time.Time) {
	if planned.Check.None != nil {
		e.lockedDetach(m)
		m.ForgetResults()
		if m.Verdict().State != health.Healthy {
			m.SetVerdict(health.TakenOver(health.Healthy, now, ""))
		}
		return
	}
	id := targetID{address: planned.Target, compiled: check}
	previous := m.Target()
	if previous != nil && targetOf(m).id == id {
		return
	}
	keeps := previous != nil && targetOf(m).id.address == id.address && m.KeepsRun()
	e.lockedDetach(m)
	e.lockedAttach(m, id)
	if !keeps {
		m.ForgetResults()
		m.MarkRenewed(previous != nil)
	}
}

// lockedEnter schedules the member's target, unless it is due earlier.
func (e *Engine) lockedEnter(m *evidence.Member, now time.Time) {
	if m.Target() == nil {
		return
	}
	t := targetOf(m)
	if t.InFlight || e.queue.held(t) {
		return // it is scheduled when the probe ends, or is due already
	}
	// Not immediately, even if a shorter interval has passed already: a thousand targets with a
	// shortened interval would be a burst.
	if due := later(now, t.next(e.origin, now, len(e.targets))); !t.item.Queued() || due.Before(t.item.Due()) {
		e.lockedPlan(t, due)
	}
}

func (e *Engine) lockedAttach(m *evidence.Member, id targetID) {
	t := e.targets[id]
	if t == nil {
		id.compiled.users++
		t = newTarget(id, e.spread.Take(id.hash()))
		e.targets[id] = t
	}
	if len(t.Members) == 1 && !t.Started.IsZero() {
		e.paces.share(t, t.Started)
	}
	held := e.queue.held(t)
	e.fleet.Attach(m, &t.Target, id.address.Addr())
	if held {
		e.queue.holdMember(m, time.Now())
	}
}

// lockedDetach removes the member from its target; the last one deletes the target.
func (e *Engine) lockedDetach(m *evidence.Member) {
	if m.Target() == nil {
		return
	}
	t := targetOf(m)
	e.queue.releaseMember(m)
	e.paces.forget(m)
	e.fleet.Detach(m, t.id.address.Addr())
	if len(t.Members) > 0 {
		return
	}
	e.queue.remove(t)
	e.spread.Leave(t.phase)
	delete(e.targets, t.id)
	e.lockedRelease(t.id.compiled)
}

// compiled is a check with its prober, shared by all targets that use it and reference-counted by key.
type compiled struct {
	key    probes.CheckKey
	check  *probes.Check
	prober probes.Prober
	// err is why the check cannot be compiled; nil: it is.
	err   error
	users int
}

// failingProber replaces a check that cannot be compiled. That is a broken prober and no failing
// host: it changes no verdict.
type failingProber struct{ err error }

// Probe implements [probes.Prober].
func (u failingProber) Probe(context.Context, netip.AddrPort) probes.Outcome {
	return probes.Broken(u.err)
}

// acquire compiles every check of the plan, and keeps a reference to each while members move between
// targets. The error names those that cannot be compiled.
//
// Compiling happens without the lock: to parse a bundle of certificates takes as long as hundreds of
// probes, which would all be late.
func (e *Engine) acquire(plan Plan) (map[*probes.Check]*compiled, error) {
	keys := map[*probes.Check]probes.CheckKey{}
	for i := range plan.Members {
		if check := plan.Members[i].Check; keys[check] == (probes.CheckKey{}) {
			keys[check] = check.Key()
		}
	}
	acquired := e.acquireKnown(keys)
	fresh := map[probes.CheckKey]*compiled{}
	for check, key := range keys {
		if acquired[check] == nil && fresh[key] == nil {
			fresh[key] = e.compileCheck(check, key)
		}
	}
	e.acquireFresh(acquired, keys, fresh)

	var failures []error
	reported := map[*probes.Check]bool{}
	for i := range plan.Members {
		if check := plan.Members[i].Check; !reported[check] {
			reported[check] = true
			failures = append(failures, acquired[check].err)
		}
	}
	return acquired, errors.Join(failures...)
}

// acquireKnown takes a reference to every check that is compiled already.
func (e *Engine) acquireKnown(keys map[*probes.Check]probes.CheckKey) map[*probes.Check]*compiled {
	e.mu.Lock()
	defer e.mu.Unlock()
	acquired := make(map[*probes.Check]*compiled, len(keys))
	for check, key := range keys {
		if c := e.checks[key]; c != nil {
			c.users++
			acquired[check] = c
		}
	}
	return acquired
}

// acquireFresh compiles the checks without a reference. Another plan may have compiled the same
// ones concurrently.
func (e *Engine) acquireFresh(
	acquired map[*probes.Check]*compiled, keys map[*probes.Check]probes.CheckKey, fresh map[probes.CheckKey]*compiled,
) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for check, key := range keys {
		if acquired[check] != nil {
			continue
		}
		if e.checks[key] == nil {
			e.checks[key] = fresh[key]
		}
		e.checks[key].users++
		acquired[check] = e.checks[key]
	}
}

func (e *Engine) compileCheck(check *probes.Check, key probes.CheckKey) *compiled {
	prober, err := e.compile(*check)
	if err != nil {
		err = fmt.Errorf("%s check: %w", check.Kind(), err)
		prober = failingProber{err}
	}
	return &compiled{key: key, check: check, prober: prober, err: err}
}

func (e *Engine) lockedReleaseAll(acquired map[*probes.Check]*compiled) {
	for _, c := range acquired {
		e.lockedRelease(c)
	}
}

// lockedRelease drops one reference to a check; the last one deletes it.
func (e *Engine) lockedRelease(c *compiled) {
	c.users--
	if c.users == 0 {
		delete(e.checks, c.key)
	}
}
