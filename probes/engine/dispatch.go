package engine

import (
	"context"
	"time"

	"github.com/external-endpoints/operator/probes"
)

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
