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

// launch is a probe about to start, and when it was due.
type launch struct {
	target *target
	due    time.Time
}

// startDue starts every probe that is due, and sets the alarm to when more will be. That
// comes first: the runtime wakes a second thread for the work, which goes to sleep until
// the earliest alarm that it knows of, and would have to be woken for an earlier one.
func (e *Engine) startDue(ctx context.Context, alarm *time.Timer) {
	if ctx.Err() != nil {
		return
	}
	launches, sleep := e.takeDue()
	alarm.Reset(sleep)
	for _, l := range launches {
		e.runner.Start(ctx, Probe{
			Target: l.target.id.address,
			Check:  l.target.check,
			Prober: l.target.prober,
			Done: func(began time.Time, outcome probes.Outcome) {
				defer e.running.Done()
				if ctx.Err() == nil {
					e.record(l, began, outcome)
				}
			},
		})
	}
}

// takeDue takes what is due out of the queue and marks it as running. It returns
// how long Run may sleep then.
func (e *Engine) takeDue() (launches []launch, sleep time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := time.Now()
	launches = e.launches[:0]
	defer func() { e.launches = launches }()
	for t := e.queue.popDue(now); t != nil; t = e.queue.popDue(now) {
		if len(launches) == mostStarts {
			e.queue.putBack(t)
			e.heldUntil, e.wakeAt = now, now
			return launches, 0
		}
		if wait := e.pacer.Take(now); wait > 0 {
			e.queue.putBack(t)
			e.heldUntil = now.Add(wait)
			e.wakeAt = e.heldUntil
			return launches, wait
		}
		due := later(t.item.Due(), e.heldUntil)
		t.inflight, t.started = true, now
		e.inflight++
		e.running.Add(1)
		launches = append(launches, launch{target: t, due: due})
	}
	e.wakeAt = now.Add(idle)
	if next, planned := e.queue.next(); planned {
		e.wakeAt = earlier(e.wakeAt, next)
	}
	return launches, e.wakeAt.Sub(now)
}
