package engine

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/health"
)

// Apply makes the plan what the engine watches for its group. An error names what
// is wrong with a check; its members keep the verdicts that they have, and all
// others are watched as planned.
func (e *Engine) Apply(plan Plan) error {
	changed, err := e.applyPlan(plan)
	e.notify(losses(changed))
	return err
}

// applyPlan makes the plan what is watched, and returns the other groups that it matters to.
func (e *Engine) applyPlan(plan Plan) ([]Key, error) {
	pinned, err := e.acquire(plan)
	e.mu.Lock()
	defer e.mu.Unlock()
	defer e.lockedReleaseAll(pinned)
	now := time.Now()
	g := e.groups[plan.Key]
	if g == nil {
		g = newGroup(plan.Key, newGroupCounters(plan.Key, now, e.metrics))
		g.tenant = e.lockedTenant(plan.Key.Namespace)
		g.tenant.groups++
		e.groups[plan.Key] = g
	}
	g.tiered, g.outage, g.interval = plan.tiered(), plan.HoldDown, plan.interval()

	keep := make(map[MemberID]struct{}, len(plan.Members))
	for i := range plan.Members {
		keep[plan.Members[i].ID] = struct{}{}
	}
	leaving, members := g.verdictsLeaving(keep), g.byID()
	for i := range plan.Members {
		planned := &plan.Members[i]
		m := members[planned.ID]
		if m == nil {
			m = &member{id: planned.ID, verdict: planned.Initial, upIndex: -1}
			if known, ok := leaving[targetID{planned.Target, pinned[planned.Check]}]; ok && planned.Initial.State == health.Unknown {
				m.verdict = known
			}
			g.join(m)
			members[m.id] = m
		}
		m.update(planned)
		e.lockedSetTarget(m, planned, pinned[planned.Check], now)
	}
	for _, m := range g.leave(keep) {
		e.lockedDetach(m)
	}
	for i := range plan.Members {
		e.lockedEnter(members[plan.Members[i].ID], now) // now that it is known how many there are
	}
	for _, p := range g.ports {
		p.require(plan.Evidence)
		p.reconsider() // witnesses, thresholds or required evidence may have changed
		e.lockedEscalate(p, now)
	}
	return e.lockedCorroborateByHost(nil, now, now), err
}

// Forget ends the watching of a group.
func (e *Engine) Forget(key Key) { e.notify(losses(e.forget(key))) }

// forget ends the watching of a group, and returns the others that it matters to.
func (e *Engine) forget(key Key) []Key {
	e.mu.Lock()
	defer e.mu.Unlock()
	g := e.groups[key]
	if g == nil {
		return nil
	}
	for _, m := range g.leave(nil) {
		e.lockedDetach(m)
	}
	delete(e.groups, key)
	delete(e.listening, g)
	delete(e.delayed, g)
	g.counters.forget()
	g.tenant.groups--
	e.lockedDropTenant(g.tenant)
	return e.lockedCorroborateByHost(nil, time.Time{}, time.Time{})
}

// lockedSetTarget attaches the member to the target of its check.
func (e *Engine) lockedSetTarget(m *member, planned *Member, check *compiled, now time.Time) {
	if planned.Check.None != nil {
		e.lockedDetach(m)
		m.forgetResults()
		if m.verdict.State != health.Healthy {
			m.setVerdict(health.TakenOver(health.Healthy, now, ""))
		}
		return
	}
	id := targetID{address: planned.Target, compiled: check}
	if m.target == nil || m.target.id != id {
		changes := m.target != nil
		keeps := changes && m.target.id.address == id.address && m.keepsRun()
		e.lockedDetach(m)
		e.lockedAttach(m, id)
		if keeps {
			m.rank()
			return
		}
		m.forgetResults()
		m.renewed = changes
	}
}

// lockedEnter schedules the member's target, if it is not due earlier anyway.
func (e *Engine) lockedEnter(m *member, now time.Time) {
	t := m.target
	if t == nil || t.inflight || e.queue.held(t) {
		return // nothing is probed, or it is scheduled when the probe ends, or is due already
	}
	// Not at once, even if a shorter interval has passed already: a thousand
	// targets whose interval is shortened would make a burst.
	if due := later(now, t.next(e.origin, now, len(e.targets))); !t.item.Queued() || due.Before(t.item.Due()) {
		e.lockedPlan(t, due)
	}
}

func (e *Engine) lockedAttach(m *member, id targetID) {
	t := e.targets[id]
	if t == nil {
		id.compiled.users++
		t = newTarget(id, e.spread.Take(id.hash()))
		e.targets[id] = t
	}
	if len(t.members) == 1 && !t.started.IsZero() {
		e.paces.share(t, e.fleet.at(t.started))
	}
	held := e.queue.held(t)
	t.members = append(t.members, m)
	m.target = t
	if held {
		e.queue.holdMember(m, time.Now())
	}
	e.fleet.attach(t, m.group)
}

// lockedDetach takes the member off its target; the last one ends the target.
func (e *Engine) lockedDetach(m *member) {
	t := m.target
	if t == nil {
		return
	}
	e.queue.releaseMember(m)
	m.target = nil
	e.paces.forget(m)
	m.rank()
	t.remove(m)
	e.fleet.detach(t, m.group)
	if len(t.members) > 0 {
		return
	}
	e.queue.remove(t)
	e.spread.Leave(t.phase)
	delete(e.targets, t.id)
	e.lockedRelease(t.id.compiled)
}

// compiled is a check made runnable, shared by all targets that use it. While it is in
// use there is one for each key.
type compiled struct {
	key    probes.CheckKey
	check  *probes.Check
	prober probes.Prober
	// err is why the check cannot be run, if it cannot.
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

// acquire makes every check of the plan runnable, and holds them while members move
// between targets. The error names those that cannot be run.
//
// Compiling happens outside the lock: parsing a bundle of certificates takes as long
// as hundreds of probes, and would hold all of them up.
func (e *Engine) acquire(plan Plan) (map[*probes.Check]*compiled, error) {
	keys := map[*probes.Check]probes.CheckKey{}
	for i := range plan.Members {
		if check := plan.Members[i].Check; keys[check] == (probes.CheckKey{}) {
			keys[check] = check.Key()
		}
	}
	pinned := e.acquireKnown(keys)
	fresh := map[probes.CheckKey]*compiled{}
	for check, key := range keys {
		if pinned[check] == nil && fresh[key] == nil {
			fresh[key] = e.compileCheck(check, key)
		}
	}
	e.acquireFresh(pinned, keys, fresh)

	var failures []error
	told := map[*probes.Check]bool{}
	for i := range plan.Members {
		if check := plan.Members[i].Check; !told[check] {
			told[check] = true
			failures = append(failures, pinned[check].err)
		}
	}
	return pinned, errors.Join(failures...)
}

// acquireKnown takes a reference to every check that is compiled already.
func (e *Engine) acquireKnown(keys map[*probes.Check]probes.CheckKey) map[*probes.Check]*compiled {
	e.mu.Lock()
	defer e.mu.Unlock()
	pinned := make(map[*probes.Check]*compiled, len(keys))
	for check, key := range keys {
		if c := e.checks[key]; c != nil {
			c.users++
			pinned[check] = c
		}
	}
	return pinned
}

// acquireFresh compiles the checks without a reference. Another plan may have compiled the same
// ones concurrently.
func (e *Engine) acquireFresh(
	pinned map[*probes.Check]*compiled, keys map[*probes.Check]probes.CheckKey, fresh map[probes.CheckKey]*compiled,
) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for check, key := range keys {
		if pinned[check] != nil {
			continue
		}
		if e.checks[key] == nil {
			e.checks[key] = fresh[key]
		}
		e.checks[key].users++
		pinned[check] = e.checks[key]
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

func (e *Engine) lockedReleaseAll(pinned map[*probes.Check]*compiled) {
	for _, c := range pinned {
		e.lockedRelease(c)
	}
}

// lockedRelease gives back one use of a check; the last one ends it.
func (e *Engine) lockedRelease(c *compiled) {
	c.users--
	if c.users == 0 {
		delete(e.checks, c.key)
	}
}
