package externalservice

import (
	"context"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// keyedMutex see to it that an object is in one pair of hands at a time: its memory, and
// what is read before a write, are those of whoever has the turn. Each of the two work
// queues hands an object out once, but neither knows of the other.
type keyedMutex struct {
	mu    sync.Mutex
	locks map[types.NamespacedName]*lock
}

// maxLockWait is how long a reconcile waits for the status of its own object to be
// written. An API server that is slow with that, because of a webhook for example, must
// not delay a failover for longer. A canceled write may have been committed, so that a
// shorter wait would write twice whenever the API server is busy.
const maxLockWait = 3 * time.Second

// lock is of one object. It is dropped when nobody wants it.
type lock struct {
	held    chan struct{}
	waiters int
	// interrupt ends the requests of the one who has the turn; nil: it may not be interrupted.
	interrupt context.CancelFunc
}

// Lock waits until nobody else has the object, and returns how it is given back. One that
// may be interrupted is, after [maxLockWait].
func (t *keyedMutex) Lock(name types.NamespacedName) (giveBack func()) {
	own := t.acquire(name)
	for {
		select {
		case own.held <- struct{}{}:
			return func() { t.unlock(name, own) }
		case <-time.After(maxLockWait):
			t.interrupt(own)
		}
	}
}

// LockInterruptible is take for what may be done later as well: the context ends when a
// reconcile has waited for the turn for too long.
func (t *keyedMutex) LockInterruptible(ctx context.Context, name types.NamespacedName) (context.Context, func()) {
	own := t.acquire(name)
	own.held <- struct{}{}
	ctx, interrupt := context.WithCancel(ctx)
	t.mu.Lock()
	own.interrupt = interrupt
	t.mu.Unlock()
	return ctx, func() {
		interrupt()
		t.unlock(name, own)
	}
}

func (t *keyedMutex) interrupt(own *lock) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if own.interrupt != nil {
		own.interrupt()
	}
}

func (t *keyedMutex) acquire(name types.NamespacedName) *lock {
	t.mu.Lock()
	defer t.mu.Unlock()
	own := t.locks[name]
	if own == nil {
		own = &lock{held: make(chan struct{}, 1)}
		t.locks[name] = own
	}
	own.waiters++
	return own
}

func (t *keyedMutex) unlock(name types.NamespacedName, own *lock) {
	t.mu.Lock()
	defer t.mu.Unlock()
	own.interrupt = nil
	<-own.held
	if own.waiters--; own.waiters == 0 {
		delete(t.locks, name)
	}
}
