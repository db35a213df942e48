package resolve

import (
	"context"
	"time"
)

// idle is how long Run sleeps when nothing is planned; a question wakes it.
const idle = time.Hour

// Run asks until ctx ends, and returns when the last lookup has ended.
func (r *Resolver[K]) Run(ctx context.Context) error {
	defer r.running.Wait()
	alarm := time.AfterFunc(idle, r.wakeUp)
	defer alarm.Stop()
	for {
		alarm.Reset(r.startDue(ctx))
		select {
		case <-ctx.Done():
			return nil
		case <-r.wake:
		}
	}
}

// startDue starts what is due and finds a slot, and returns how long nothing else
// will be due. Whoever waits for a slot is started when one becomes free.
func (r *Resolver[K]) startDue(ctx context.Context) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	sleep := idle
	for l := range r.queues {
		queue := &r.queues[l]
		for r.busy[l] < limits[l] {
			item := queue.PopDue(now)
			if item == nil {
				break
			}
			r.lockedStart(ctx, item.Value)
		}
		if due, planned := queue.Next(); planned && r.busy[l] < limits[l] {
			sleep = min(sleep, due.Sub(now))
		}
	}
	return sleep
}

// slot is what a lookup holds while it runs.
type slot struct {
	lane  lane
	freed bool
}

func (r *Resolver[K]) lockedStart(ctx context.Context, e *entry[K]) {
	e.inflight = true
	held := &slot{lane: e.lane}
	r.busy[held.lane]++
	question := e.question
	r.running.Go(func() {
		bounded, cancel := context.WithTimeout(ctx, overall)
		defer cancel()
		impatience := time.AfterFunc(patience, func() { r.moveOver(held) })
		replies := round(bounded, r.lookuper, question)
		impatience.Stop()
		if r.finish(ctx, e, held, replies) {
			r.changed(e.key)
		}
	})
}

// moveOver lets a lookup that takes long go on in the slow lane.
func (r *Resolver[K]) moveOver(held *slot) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if held.freed || held.lane == slow {
		return
	}
	r.busy[held.lane]--
	held.lane = slow
	r.busy[held.lane]++
	r.wakeUp()
}

// finish takes down what was found, and reports whether that is news.
func (r *Resolver[K]) finish(ctx context.Context, e *entry[K], held *slot, replies []Reply) (news bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.busy[held.lane]--
	held.freed = true
	defer r.wakeUp()
	e.inflight = false
	if ctx.Err() != nil || r.keys[e.key][e.question.Name] != e {
		return false // nobody asks any more
	}
	if e.again {
		e.again = false
		r.lockedSchedule(e)
		return false
	}
	e.state = e.state.Next(e.question, replies, r.allow, time.Now())
	r.lockedSchedule(e)
	answer := e.state.Answer(nil)
	if !answer.differs(e.told) {
		return false
	}
	e.told = answer
	return true
}
