package resolve

import (
	"context"
	"time"
)

const (
	// idle is how long Run sleeps when nothing is planned; a question wakes it.
	idle = time.Hour
	// quickTime is for how long a lookup may use the quick lane. A resolver that works
	// answers within it.
	quickTime = 300 * time.Millisecond
)

// Run starts lookups until ctx ends, and returns when the last lookup has ended.
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

// startDue starts what is due and has its turn, and returns how long nothing else
// will be due. What waits is started when a lookup ends.
func (r *Resolver[K]) startDue(ctx context.Context) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	for item := r.queue.PopDue(now); item != nil; item = r.queue.PopDue(now) {
		t := item.Value
		t.lane = laneOf(t)
		r.pools[t.lane].push(t)
	}
	for l := range r.pools {
		for t := r.pools[l].pop(); t != nil; t = r.pools[l].pop() {
			r.lockedStart(ctx, t)
		}
	}
	if due, planned := r.queue.Next(); planned {
		return min(idle, due.Sub(now))
	}
	return idle
}

// laneOf is the lane in which the task's next lookup begins.
func laneOf[K comparable](t *task[K]) poolKind {
	if t.evicted || t.entry.state.failing(t.families) {
		return slow
	}
	return quick
}

func (r *Resolver[K]) lockedStart(ctx context.Context, t *task[K]) {
	t.inflight, t.evicted = true, false
	r.pools[t.lane].begin(t)
	question, families := t.entry.question, t.families
	l := limitsFor(question, t.entry.state, r.allow)
	bounded, cancel := context.WithCancel(ctx)
	t.cancel = cancel
	r.running.Go(func() {
		defer cancel()
		long := time.AfterFunc(quickTime, func() { r.moveOver(t, bounded) })
		replies := round(bounded, r.lookuper, question, families, l)
		long.Stop()
		if r.finish(ctx, t, replies) {
			r.changed(t.entry.key)
		}
	})
}

// moveOver lets a lookup that takes long go on in the slow lane. Without a place there
// it ends, and waits in the slow lane for its next turn: that it took longer than
// [quickTime] does not show that the name cannot be resolved.
func (r *Resolver[K]) moveOver(t *task[K], running context.Context) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !t.inflight || t.lane == slow || running.Err() != nil {
		return
	}
	if !r.pools[slow].admits(t) {
		t.evicted = true
		t.cancel()
		return
	}
	r.pools[quick].end(t)
	t.lane = slow
	r.pools[slow].begin(t)
	r.wakeUp()
}

// finish takes down what was found, and reports whether that is to be announced.
func (r *Resolver[K]) finish(ctx context.Context, t *task[K], replies []Reply) (announce bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pools[t.lane].end(t)
	t.inflight = false
	defer r.wakeUp()
	e := t.entry
	if ctx.Err() != nil || t.dropped {
		return false // nothing waits for it any more
	}
	if t.again || t.evicted {
		t.again = false
		r.lockedSchedule(t)
		return false
	}
	e.state = e.state.Next(e.question, replies, r.allow, time.Now())
	r.lockedSchedule(t)
	answer := e.state.Answer(nil)
	if !answer.differs(e.told) {
		return false
	}
	e.told = answer
	return true
}
