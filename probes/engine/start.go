package engine

import (
	"context"
	"time"

	"github.com/external-endpoints/operator/probes"
)

// idle is how long Run sleeps when nothing is planned; a plan wakes it.
const idle = time.Hour

// mostStarts is how many probes start before outcomes are taken in again. A prober
// that is behind would otherwise start all that it missed at once, and come back to
// the answers when their time is over. What the bound holds back is not late.
const mostStarts = 32

// flight is a probe on its way: its target, and when it was due. Flights are used again:
// new ones would be all the garbage that the engine makes while nothing happens.
type flight struct {
	target *target
	tenant *tenant // in whose share of the places it is
	due    time.Time
	done   func(began time.Time, outcome probes.Outcome)
}

// startDue starts every probe that is due, and sets the alarm to when more will be. That
// comes first: the runtime wakes a second thread for the work, which goes to sleep until
// the earliest alarm that it knows of, and would have to be woken for an earlier one.
func (e *Engine) startDue(ctx context.Context, alarm *time.Timer) {
	if ctx.Err() != nil {
		return
	}
	flights, notices, sleep := e.takeDue(ctx)
	if sleep > 0 {
		alarm.Reset(sleep)
	} else {
		// No alarm that is due when it is set: beside others that go off then, it breaks
		// the race detector in a bubble (golang/go#78156).
		go e.wakeUp()
	}
	for _, f := range flights {
		e.runner.Start(ctx, Probe{
			Target: f.target.id.address, Check: f.target.check, Prober: f.target.id.compiled.prober, Done: f.done,
		})
	}
	e.tell(notices)
}

// takeDue takes what is due, and may start, out of the queue and marks it as running. It
// returns how long Run may sleep then: not at all when it left something of it.
func (e *Engine) takeDue(ctx context.Context) (flights []*flight, notices changes, sleep time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := time.Now()
	flights = e.leaving[:0]
	defer func() { e.leaving = flights }()
	for e.queue.due(now) || e.queue.holding() {
		if wait := e.pacer.Wait(now); wait > 0 {
			e.queue.holdDue(now)
			e.paced, e.heldUntil = now, now.Add(wait)
			break
		}
		if len(flights) == mostStarts {
			if next, _ := e.queue.next(); now.Sub(next) > behind {
				e.queue.holdDue(now)
			}
			e.heldUntil = now
			break
		}
		t, tenant := e.lockedPick(now)
		if t == nil {
			break // what is due waits for a place
		}
		e.pacer.Take(now)
		flights = append(flights, e.lockedFlight(ctx, t, tenant, now))
	}
	e.wakeAt = e.lockedNextPass(now, len(flights) == mostStarts)
	return flights, e.lockedTakeNotices(), e.wakeAt.Sub(now)
}

// lockedPick removes a target from the queue that is due and may start, and returns it with the
// tenant on whose behalf it does; nil: there is none.
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
	e.queue.holdDue(now) // what becomes due now must not overtake what waits
	held := e.queue.popHeld(e.lockedMayStart)
	if held == nil {
		return nil, nil
	}
	e.lockedDelayed(held.Value.group, now.Sub(held.Since), now)
	return held.Value.target, held.Value.group.tenant
}

// lockedNextPass is when Run looks at the queue again. What waits for a place in flight is
// looked at when a probe ends.
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

// lockedFlight marks the target as being probed and returns the flight to it: one that has
// landed, or a new one. What a limit has held back is not late.
func (e *Engine) lockedFlight(ctx context.Context, t *target, tenant *tenant, now time.Time) *flight {
	t.inflight, t.started = true, now
	tenant.inflight++
	e.inflight++
	e.starts++
	e.running.Add(1)
	var f *flight
	if last := len(e.landed) - 1; last >= 0 {
		f, e.landed = e.landed[last], e.landed[:last]
	} else {
		f = &flight{}
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
