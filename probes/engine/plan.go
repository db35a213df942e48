package engine

import (
	"cmp"
	"net/netip"
	"time"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/evidence"
	"github.com/external-endpoints/operator/probes/health"
)

// Key is the key of a group: the namespaced name of its object.
type Key struct{ Namespace, Name string }

// Compare orders keys by namespace, then name.
func (k Key) Compare(other Key) int {
	return cmp.Or(cmp.Compare(k.Namespace, other.Namespace), cmp.Compare(k.Name, other.Name))
}

// Plan is all members of one group. It replaces the previous plan: members that both have keep their
// verdicts and due times.
type Plan struct {
	Key Key
	// Evidence is the quorum of each tier: how many other hosts must have succeeded before one is
	// removed. The quorum of any one tier is enough. At a first failure that many targets are
	// expedited, so that their results are known when the threshold is reached. A tier without an
	// entry or without members is no evidence; empty: no evidence is needed.
	Evidence map[int32]int
	// HoldDown reports every member that passes the hold-down as a change that may remove hosts: an
	// outage of the group ends with it. Without it, only groups with more than one tier report it, so
	// that a group at rest enqueues no reconciles.
	HoldDown bool
	Members  []Member
}

// tiered reports whether the members are of more than one tier.
func (p Plan) tiered() bool {
	for i := range p.Members {
		if p.Members[i].Tier != p.Members[0].Tier {
			return true
		}
	}
	return false
}

// interval is the shortest of the members.
func (p Plan) interval() time.Duration {
	var shortest time.Duration
	for i := range p.Members {
		shortest = shorter(shortest, p.Members[i].Interval)
	}
	return shortest
}

// MemberID is the key of a member within its group.
type MemberID = evidence.MemberID

// label is the address label of the member's series, with the port number where several members may
// have that address: they must not share a series.
func label(id MemberID) string {
	if id.Instance == 0 {
		return id.Address.String()
	}
	return netip.AddrPortFrom(id.Address, id.Instance).String()
}

// Member is one address of one port.
type Member struct {
	ID MemberID
	// Target is where the check connects to.
	Target netip.AddrPort
	// Check is shared between members and immutable.
	Check *probes.Check
	// Interval runs from start to start. FastInterval is used while results
	// contradict the state; it is at most Interval.
	Interval, FastInterval time.Duration
	// Thresholds need no interval: it is the one above.
	Thresholds health.Thresholds
	// Tier is the member's priority: hosts replace each other tier by tier.
	Tier int32
	// Witness: a success of this member is evidence against others. Draining hosts are probed, but
	// are no witnesses.
	Witness bool
	// Initial is the verdict of a member that is new to the engine.
	Initial health.Verdict
}

// settings are the fields that the removal rule reads.
func (m *Member) settings() evidence.Settings {
	thresholds := m.Thresholds
	thresholds.Interval = m.Interval
	return evidence.Settings{Tier: m.Tier, Witness: m.Witness, FastInterval: m.FastInterval, Thresholds: thresholds}
}

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
