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
	flights, sleep := e.takeDue(ctx)
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
}

// takeDue takes what is due out of the queue and marks it as running. It returns
// how long Run may sleep then: not at all when it left something of it.
func (e *Engine) takeDue(ctx context.Context) (flights []*flight, sleep time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := time.Now()
	flights = e.leaving[:0]
	defer func() { e.leaving = flights }()
	for t := e.queue.popDue(now); t != nil; t = e.queue.popDue(now) {
		if len(flights) == mostStarts {
			e.queue.putBack(t)
			e.heldUntil, e.wakeAt = now, now
			return flights, 0
		}
		if wait := e.pacer.Take(now); wait > 0 {
			e.queue.putBack(t)
			e.heldUntil = now.Add(wait)
			e.wakeAt = e.heldUntil
			return flights, wait
		}
		due := later(t.item.Due(), e.heldUntil)
		t.inflight, t.started = true, now
		e.inflight++
		e.running.Add(1)
		flights = append(flights, e.lockedFlight(ctx, t, due))
	}
	e.wakeAt = now.Add(idle)
	if next, planned := e.queue.next(); planned {
		e.wakeAt = earlier(e.wakeAt, next)
	}
	return flights, e.wakeAt.Sub(now)
}

// lockedFlight returns the flight to a target: one that has landed, or a new one.
func (e *Engine) lockedFlight(ctx context.Context, t *target, due time.Time) *flight {
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
	f.target, f.due = t, due
	return f
}
