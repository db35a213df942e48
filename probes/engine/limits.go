package engine

import (
	"slices"
	"time"

	"github.com/external-endpoints/operator/probes/schedule"
)

// Limit is what holds probes back.
type Limit uint8

const (
	// NoLimit holds nothing back.
	NoLimit Limit = iota
	// LimitRate is Options.MaxProbesPerSecond.
	LimitRate
	// LimitInFlight is Options.MaxProbesInFlight.
	LimitInFlight
)

// Backlog is what is known of the probes of a group that a limit holds back.
type Backlog struct {
	// Limit is why probes of the group have started later than an interval after they were
	// due; NoLimit: they have not.
	Limit Limit
	// Delay is the longest of these delays, rounded up to a step: it does not change from probe
	// to probe.
	Delay time.Duration
}

const (
	// backlogCheck is how often the engine looks for how long probes have been held back.
	backlogCheck = time.Second
	// backlogOver is for how long probes must have been in time again for the limit to be over. A
	// group whose delay is near its interval would otherwise change its status all the time.
	backlogOver = time.Minute
)

// delaySteps are what delays are rounded up to; beyond, to hours.
var delaySteps = []time.Duration{
	time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 20 * time.Second, 30 * time.Second,
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 20 * time.Minute, 30 * time.Minute,
}

func roundDelay(delay time.Duration) time.Duration {
	if i := slices.IndexFunc(delaySteps, func(step time.Duration) bool { return delay <= step }); i >= 0 {
		return delaySteps[i]
	}
	return (delay + time.Hour - 1).Truncate(time.Hour)
}

// delayed is a group that has a backlog, with when its delay was longer than its interval last.
type delayed struct {
	Backlog
	last time.Time
}

// Backlog returns what is known of the group's probes that are held back. The observer is called
// when a limit begins to hold them back, and when that is over.
func (e *Engine) Backlog(key Key) Backlog {
	e.mu.Lock()
	defer e.mu.Unlock()
	if d := e.delayed[e.groups[key]]; d != nil {
		return d.Backlog
	}
	return Backlog{}
}

// lockedDelayed takes in that a probe of the group has been held back for so long. Where neither
// limit explains it the CPU was short, which no flag changes: the metric alone says so.
func (e *Engine) lockedDelayed(g *group, delay time.Duration, now time.Time) {
	if delay <= g.interval {
		return
	}
	var limit Limit
	switch {
	case !e.lockedMayStart(g.tenant, false):
		limit = LimitInFlight
	case now.Sub(e.paced) <= backlogCheck:
		limit = LimitRate
	default:
		return
	}
	d := e.delayed[g]
	if d == nil {
		d = &delayed{}
		e.delayed[g] = d
		e.notices.add(change{key: g.key})
	}
	d.Limit, d.Delay, d.last = limit, max(d.Delay, roundDelay(delay)), now
}

// lockedCheckBacklog looks for groups whose probes have not started for longer than an interval,
// and for those whose delay is over. It returns when to look again; zero: not before something is
// held back.
func (e *Engine) lockedCheckBacklog(now time.Time) (again time.Time) {
	if !e.queue.holding() && len(e.delayed) == 0 {
		return time.Time{}
	}
	if now.Before(e.checkBacklogAt) {
		return e.checkBacklogAt
	}
	for g, since := range e.queue.oldest() {
		e.lockedDelayed(g, now.Sub(since), now)
	}
	for g, d := range e.delayed {
		if now.Sub(d.last) >= backlogOver {
			delete(e.delayed, g)
			e.notices.add(change{key: g.key})
		}
	}
	e.checkBacklogAt = now.Add(backlogCheck)
	return e.checkBacklogAt
}

// lockedTakeNotices returns the groups whose backlog began or ended, in order.
func (e *Engine) lockedTakeNotices() changes {
	notices := e.notices
	e.notices = nil
	slices.SortFunc(notices, func(a, b change) int { return a.key.Compare(b.key) })
	return notices
}

// lockedBacklogs are by namespace for how long the oldest probe has been held back; zero where
// nothing is.
func (e *Engine) lockedBacklogs(now time.Time) map[string]time.Duration {
	ages := make(map[string]time.Duration, len(e.tenants))
	for namespace, t := range e.tenants {
		if t.groups > 0 {
			ages[namespace] = 0
		}
	}
	for g, since := range e.queue.oldest() {
		ages[g.key.Namespace] = max(ages[g.key.Namespace], now.Sub(since))
	}
	return ages
}

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

// lockedTenantFor returns the tenant in whose share the target may be probed now, or nil. A target
// that namespaces share is probed as soon as one of them has a place: no namespace can delay it by
// watching it too.
func (e *Engine) lockedTenantFor(t *target) *tenant {
	for _, m := range t.Members {
		if e.lockedMayStart(groupOf(m).tenant, t.urgent) {
			return groupOf(m).tenant
		}
	}
	return nil
}

// lockedMayRepeat reports whether a probe that was inconclusive because the prober was late may be
// repeated out of turn.
func (e *Engine) lockedMayRepeat(t *target, now time.Time) bool {
	for _, m := range t.Members {
		if groupOf(m).tenant.repeats.Take(now) == 0 {
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
