package engine

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/evidence"
	"github.com/external-endpoints/operator/probes/health"
)

// ErrLate is [probes.ErrLate]. A runner that knows it had no time for a probe may make it
// the outcome.
var ErrLate = probes.ErrLate

// record applies the outcome of one probe.
func (e *Engine) record(f *inflightProbe, began time.Time, outcome probes.Outcome) {
	ended := time.Now()
	if outcome.Result == probes.Failure && late(f.target.Timeout(), f.due, began, ended) {
		outcome = probes.Broken(ErrLate)
	}
	late := outcome.Result == probes.Inconclusive && errors.Is(outcome.Err, ErrLate)
	changed := e.settle(f, began, ended, outcome, late)
	e.notify(changed)
	if outcome.Result == probes.Inconclusive {
		e.observer.Broken(outcome.Err)
	}
}

// late reports whether a failure may be the prober's own: the probe started, or its deadline fired,
// later than the tolerance. Then the process lacked CPU and may not have read a response in time.
func late(timeout time.Duration, due, began, ended time.Time) bool {
	tolerance := probes.Tolerance(timeout)
	return began.Sub(due) > tolerance || ended.Sub(began) > timeout+tolerance
}

// settle updates the verdicts of the target's members, schedules the next probe and returns the
// groups that changed.
func (e *Engine) settle(f *inflightProbe, began, ended time.Time, outcome probes.Outcome, late bool) changes {
	e.mu.Lock()
	defer e.mu.Unlock()
	t, due := f.target, f.due
	f.target = nil
	e.freeList = append(e.freeList, f)
	t.InFlight, t.Started = false, began
	e.lockedFree(f.tenant, ended)
	e.metrics.lateness.Observe(max(began.Sub(due), 0).Seconds())

	isolated := e.fleet.StartedDuringIsolation(began, outcome)
	conclusive := outcome.Result != probes.Inconclusive && !isolated
	t.Expedited = t.Expedited || isolated

	var all changes
	for _, m := range t.Members {
		groupOf(m).counters.count(t.check().Kind(), outcome, ended.Sub(began))
		if !conclusive || outcome.Result == probes.Failure && e.paces.tooSoon(m, began) {
			continue
		}
		sample := health.Sample{Started: began, Ended: ended, Failure: outcome.Reason}
		if changed, loss := e.lockedJudge(m, sample); changed {
			all.add(change{groupOf(m).key, loss})
		}
	}
	if conclusive {
		for _, key := range keysOf(e.fleet.ObserveResult(&t.Target, began, ended, outcome.Result == probes.Success)) {
			all.add(change{key, true})
		}
	}
	e.lockedExpedite(ended)
	if len(t.Members) > 0 {
		e.lockedPlan(t, e.lockedNext(t, ended, late))
	}
	return all
}

// lockedNext is the due time of the next probe.
func (e *Engine) lockedNext(t *target, now time.Time, late bool) time.Time {
	next := e.lockedPaced(t, later(now, t.next(e.origin, time.Time{}, len(e.targets))), now)
	again := late && e.lockedMayRepeat(t, now)
	expedited := t.Expedited || again && t.repeated
	repeat := again && !t.repeated
	t.Expedited, t.repeated = false, late
	switch {
	case repeat:
		return now
	case expedited:
		return earlier(next, later(now, t.Started.Add(t.FastInterval())))
	default:
		return next
	}
}

// lockedJudge applies the sample to one member. It reports whether its group changed, and whether a
// host may be removed.
func (e *Engine) lockedJudge(m *evidence.Member, s health.Sample) (changed, loss bool) {
	change := e.fleet.Judge(m, s)
	if change.Transition {
		groupOf(m).counters.transition(m.Verdict().State)
	}
	if m.Verdict().Failing() {
		e.paces.counts(m, s.Started)
	} else {
		e.paces.forget(m)
	}
	return change.Relevant, change.Removal
}

// lockedExpedite carries out what the removal rule has queued: it schedules each target as early as
// its fast interval allows.
func (e *Engine) lockedExpedite(now time.Time) {
	for _, queued := range e.fleet.TakeExpedited() {
		t := queued.Owner.(*target)
		switch soon := later(now, t.Started.Add(t.FastInterval())); {
		case t.InFlight:
			t.Expedited = true
		case soon.Before(t.item.Due()):
			e.lockedPlan(t, soon)
		default:
			e.queue.promote(t) // it is due already: probes that may remove a host go first
		}
	}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Runner carries out probes. Goroutines and the event loop are behind this interface: scheduling and
// verdicts depend on outcomes only.
type Runner interface {
	// Start begins a probe and returns without waiting for it. It calls
	// probe.Done exactly once, from any goroutine but not from within Start.
	// When ctx is cancelled, running probes end soon, Inconclusive.
	Start(ctx context.Context, probe Probe)
}

// Probe is one probe to carry out.
type Probe struct {
	Target netip.AddrPort
	// Check is what Prober was compiled from, for runners that know a cheaper way.
	Check  *probes.Check
	Prober probes.Prober
	// Done takes the outcome and the time when the probe really started: only the runner knows how
	// long the probe was queued. The deadline is Check.Timeout after that time.
	Done func(began time.Time, outcome probes.Outcome)
}

// Goroutines runs every probe in a goroutine of its own. A host that hangs costs the memory of its
// goroutine and delays no other probe.
//
// Make it with [NewGoroutines] where there may be thousands of probes a second.
type Goroutines struct{ beginning chan struct{} }

// maxBeginning is how many goroutines may wait for their first moment of CPU.
const maxBeginning = 32

// NewGoroutines returns a runner whose Start blocks while many goroutines have not started yet.
// Goroutines get the CPU in turn: if new ones wait for it, so do those that have a response to
// read, and further probes would miss their deadlines.
func NewGoroutines() Goroutines { return Goroutines{make(chan struct{}, maxBeginning)} }

// Start implements [Runner].
func (g Goroutines) Start(ctx context.Context, probe Probe) {
	if g.beginning != nil {
		g.beginning <- struct{}{}
	}
	go func() {
		if g.beginning != nil {
			<-g.beginning
		}
		began := time.Now()
		ctx, cancel := context.WithDeadline(ctx, began.Add(probe.Check.Timeout))
		defer cancel()
		probe.Done(began, probe.Prober.Probe(ctx, probe.Target))
	}()
}

// idle is how long Run sleeps when the queue is empty; a plan wakes it.
const idle = time.Hour

// maxStarts limits the probes that start before outcomes are read again. Without it, an engine that is
// behind would start all overdue probes at once, and read their responses after the deadline.
// Probes that the limit holds back are not late.
const maxStarts = 32

// inflightProbe is a probe in flight: its target, and when it was due. The engine reuses them by a
// free list: new ones would be all its garbage at rest.
type inflightProbe struct {
	target *target
	tenant *tenant // whose share of the limit it uses
	due    time.Time
	done   func(began time.Time, outcome probes.Outcome)
}

// startDue starts every probe that is due, after setting the alarm to the next due time. The order
// matters: the runtime wakes a second thread for the work, which sleeps until the earliest timer
// that it knows of, and an earlier timer would have to wake it again.
func (e *Engine) startDue(ctx context.Context, alarm *time.Timer) {
	if ctx.Err() != nil {
		return
	}
	started, notices, sleep := e.takeDue(ctx)
	if sleep > 0 {
		alarm.Reset(sleep)
	} else {
		// Never set an alarm that is due already: with other timers due at the same time it breaks
		// the race detector in a synctest bubble (golang/go#78156).
		go e.wakeUp()
	}
	for _, f := range started {
		e.runner.Start(ctx, Probe{
			Target: f.target.id.address, Check: f.target.check(), Prober: f.target.id.compiled.prober, Done: f.done,
		})
	}
	e.notify(notices)
}

// takeDue dequeues the targets that are due and may start, and marks them as in flight. It returns
// how long Run may sleep; 0: some due targets are still queued.
func (e *Engine) takeDue(ctx context.Context) (started []*inflightProbe, notices changes, sleep time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := time.Now()
	started = e.starting[:0]
	defer func() { e.starting = started }()
	for e.queue.due(now) || e.queue.holding() {
		if wait := e.pacer.Wait(now); wait > 0 {
			e.queue.holdDue(now)
			e.paced, e.heldUntil = now, now.Add(wait)
			break
		}
		if len(started) == maxStarts {
			if next, _ := e.queue.next(); now.Sub(next) > behind {
				e.queue.holdDue(now)
			}
			e.heldUntil = now
			break
		}
		t, tenant := e.lockedPick(now)
		if t == nil {
			break // due targets wait for a probe in flight to end
		}
		e.pacer.Take(now)
		started = append(started, e.lockedInflightProbe(ctx, t, tenant, now))
	}
	e.wakeAt = e.lockedNextPass(now, len(started) == maxStarts)
	return started, e.lockedTakeNotices(), e.wakeAt.Sub(now)
}

// lockedPick dequeues a target that is due and may start, and returns it with the tenant whose share
// it uses; nil: none.
func (e *Engine) lockedPick(now time.Time) (*target, *tenant) {
	for !e.queue.holding() {
		t := e.queue.popDue(now)
		if t == nil {
			return nil, nil
		}
		if tenant := e.lockedTenantFor(t); tenant != nil {
			return t, tenant
		}
		e.queue.hold(t, now)
	}
	e.queue.holdDue(now) // new due targets are queued behind the backlog
	held := e.queue.popHeld(e.lockedMayStart)
	if held == nil {
		return nil, nil
	}
	e.lockedDelayed(groupOf(held.Value), now.Sub(held.Since), now)
	return targetOf(held.Value), groupOf(held.Value).tenant
}

// lockedNextPass is when Run reads the queue again. The end of a probe wakes it too, for the targets
// that the limit on probes in flight holds back.
func (e *Engine) lockedNextPass(now time.Time, full bool) time.Time {
	again := e.lockedCheckBacklog(now)
	wait := e.pacer.Wait(now)
	next, planned := e.queue.next()
	switch {
	case full && wait == 0 && (e.queue.holding() || planned && !next.After(now)):
		return now
	case e.queue.holding() && wait > 0:
		next, planned = now.Add(wait), true
	}
	wakeAt := now.Add(idle)
	if planned {
		wakeAt = earlier(wakeAt, next)
	}
	if !again.IsZero() {
		wakeAt = earlier(wakeAt, again)
	}
	return wakeAt
}

// lockedInflightProbe marks the target as in flight and returns its probe, from the free list or new.
// A probe that a limit has held back is not late.
func (e *Engine) lockedInflightProbe(ctx context.Context, t *target, tenant *tenant, now time.Time) *inflightProbe {
	t.InFlight, t.Started = true, now
	tenant.inflight++
	e.inflight++
	e.starts++
	e.running.Add(1)
	var f *inflightProbe
	if last := len(e.freeList) - 1; last >= 0 {
		f, e.freeList = e.freeList[last], e.freeList[:last]
	} else {
		f = &inflightProbe{}
		f.done = func(began time.Time, outcome probes.Outcome) {
			defer e.running.Done()
			if ctx.Err() == nil {
				e.record(f, began, outcome)
			}
		}
	}
	f.target, f.tenant, f.due = t, tenant, later(t.item.Due(), e.heldUntil)
	return f
}
