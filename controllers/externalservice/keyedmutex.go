package externalservice

import (
	"context"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// keyedMutex lets one worker at a time work on an object. The object's memory, and what is read
// before a write, belong to the worker that holds the lock. Each of the work queues hands an
// object to one worker only, but the queues do not know of each other.
type keyedMutex struct {
	mu    sync.Mutex
	locks map[types.NamespacedName]*lock
}

// maxLockWait is how long a reconcile waits for the status of its own object to be
// written. An API server that is slow with that, because of a webhook for example, must
// not delay a failover for longer. A canceled write may have been committed, so that a
// shorter wait would write twice whenever the API server is busy.
const maxLockWait = 3 * time.Second

// lock is the lock of one object. It is deleted when no worker holds it or waits for it.
type lock struct {
	held    chan struct{}
	waiters int
	// interrupt cancels the requests of the holder; nil: the holder may not be interrupted.
	interrupt context.CancelFunc
}

// Lock blocks until the object is free, and returns the function that unlocks it. A holder
// that may be interrupted is interrupted after [maxLockWait].
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

// LockInterruptible is Lock for work that can be retried later. The context is canceled when a
// reconcile has waited for the lock for longer than [maxLockWait].
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
