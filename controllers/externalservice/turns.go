package externalservice

import (
	"context"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// turns see to it that an object is in one pair of hands at a time: its memory, and
// what is read before a write, are those of whoever has the turn. Each of the two work
// queues hands an object out once, but neither knows of the other.
type turns struct {
	mu    sync.Mutex
	taken map[types.NamespacedName]*turn
}

// maxTurnWait is how long a reconcile waits for the status of its own object to be
// written. An API server that is slow with that, because of a webhook for example, must
// not delay a failover for longer. A canceled write may have been committed, so that a
// shorter wait would write twice whenever the API server is busy.
const maxTurnWait = 3 * time.Second

// turn is of one object. It is dropped when nobody wants it.
type turn struct {
	held   chan struct{}
	wanted int
	// interrupt ends the requests of the one who has the turn; nil: it may not be interrupted.
	interrupt context.CancelFunc
}

// take waits until nobody else has the object, and returns how it is given back. One that
// may be interrupted is, after [maxTurnWait].
func (t *turns) take(name types.NamespacedName) (giveBack func()) {
	own := t.want(name)
	for {
		select {
		case own.held <- struct{}{}:
			return func() { t.giveBack(name, own) }
		case <-time.After(maxTurnWait):
			t.interrupt(own)
		}
	}
}

// takeInterruptible is take for what may be done later as well: the context ends when a
// reconcile has waited for the turn for too long.
func (t *turns) takeInterruptible(ctx context.Context, name types.NamespacedName) (context.Context, func()) {
	own := t.want(name)
	own.held <- struct{}{}
	ctx, interrupt := context.WithCancel(ctx)
	t.mu.Lock()
	own.interrupt = interrupt
	t.mu.Unlock()
	return ctx, func() {
		interrupt()
		t.giveBack(name, own)
	}
}

func (t *turns) interrupt(own *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if own.interrupt != nil {
		own.interrupt()
	}
}

func (t *turns) want(name types.NamespacedName) *turn {
	t.mu.Lock()
	defer t.mu.Unlock()
	own := t.taken[name]
	if own == nil {
		own = &turn{held: make(chan struct{}, 1)}
		t.taken[name] = own
	}
	own.wanted++
	return own
}

func (t *turns) giveBack(name types.NamespacedName, own *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	own.interrupt = nil
	<-own.held
	if own.wanted--; own.wanted == 0 {
		delete(t.taken, name)
	}
}
