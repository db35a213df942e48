package engine

import (
	"slices"
	"time"

	"github.com/external-endpoints/operator/probes/schedule"
)

// Limit is the limit that throttles probes.
type Limit uint8

const (
	// NoLimit: no probe is throttled.
	NoLimit Limit = iota
	// LimitRate is Options.MaxProbesPerSecond.
	LimitRate
	// LimitInFlight is Options.MaxProbesInFlight.
	LimitInFlight
)

// Backlog is the state of the throttled probes of a group.
type Backlog struct {
	// Limit is why probes of the group have started later than an interval after they were
	// due; NoLimit: they have not.
	Limit Limit
	// Delay is the longest of these delays, rounded up to a step: it does not change from probe
	// to probe.
	Delay time.Duration
}

const (
	// backlogCheck is the period of the check for how long probes have been throttled.
	backlogCheck = time.Second
	// backlogOver is how long no probe may have been delayed before the backlog ends. Without it, a group
	// whose delay is near its interval would change its status continuously.
	backlogOver = time.Minute
)

// delaySteps: delays are rounded up to them; longer ones, to hours.
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

// delayed is the backlog of a group, with the time of its latest delay of more than an interval.
type delayed struct {
	Backlog
	last time.Time
}

// Backlog returns the state of the group's throttled probes. The observer is notified when a backlog
// starts and when it ends.
func (e *Engine) Backlog(key Key) Backlog {
	e.mu.Lock()
	defer e.mu.Unlock()
	if d := e.delayed[e.groups[key]]; d != nil {
		return d.Backlog
	}
	return Backlog{}
}

// lockedDelayed records how long a probe of the group has been throttled. If no limit is the cause, the
// process lacked CPU: no flag changes that, so only the lateness metric shows it.
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

// lockedCheckBacklog records groups whose probes have been throttled for longer than an interval, and
// ends backlogs. It returns the time of the next check; zero: none while no probe is throttled.
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

// lockedBacklogs returns by namespace how long the oldest probe has been throttled; 0: none is.
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
	// regularShare and urgentShare limit the probes that a namespace may have in flight, as a multiple
	// of the free capacity (dynamic thresholds, Choudhury and Hahne 1998). So n namespaces whose
	// hosts all hang leave one place in 4n+1 to the others. Urgent probes may use more: regular
	// probes that hang must not keep a failure from being proven.
	regularShare = 4
	urgentShare  = 16

	// repeatsPerSecond is the rate limit for repeating late probes, for each namespace. While the process
	// lacks CPU every failure is late, and unlimited repeats would keep it short of CPU.
	repeatsPerSecond = 50
)

// tenant is a namespace: limits are shared fairly between tenants.
type tenant struct {
	namespace string
	groups    int
	// inflight counts the probes in flight that use its share.
	inflight int
	repeats  schedule.Pacer
}

// lockedTenant returns the tenant of a namespace.
func (e *Engine) lockedTenant(namespace string) *tenant {
	t := e.tenants[namespace]
	if t == nil {
		t = &tenant{namespace: namespace, repeats: schedule.NewPacer(repeatsPerSecond)}
		e.tenants[namespace] = t
	}
	return t
}

// lockedDropTenant deletes the tenant if it has no groups and no probes in flight. Probes of deleted
// groups still use its share.
func (e *Engine) lockedDropTenant(t *tenant) {
	if t.groups == 0 && t.inflight == 0 {
		delete(e.tenants, t.namespace)
	}
}

// lockedMayStart reports whether the limit on probes in flight allows the tenant another one.
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

// lockedTenantFor returns the tenant whose share allows a probe of the target now, or nil. A target that
// namespaces share is probed as soon as one of their shares allows it: no namespace can delay it for
// the others.
func (e *Engine) lockedTenantFor(t *target) *tenant {
	for _, m := range t.Members {
		if e.lockedMayStart(groupOf(m).tenant, t.urgent) {
			return groupOf(m).tenant
		}
	}
	return nil
}

// lockedMayRepeat reports whether the rate limit allows to repeat a late probe.
func (e *Engine) lockedMayRepeat(t *target, now time.Time) bool {
	for _, m := range t.Members {
		if groupOf(m).tenant.repeats.Take(now) == 0 {
			return true
		}
	}
	return false
}

// lockedFree ends the use of the tenant's share by a probe, and wakes Run if others are throttled.
func (e *Engine) lockedFree(t *tenant, now time.Time) {
	t.inflight--
	e.inflight--
	e.lockedDropTenant(t)
	if e.maxInflight > 0 && e.queue.holding() {
		e.heldUntil = later(e.heldUntil, now) // throttled probes are not late
		e.wakeUp()
	}
}
