package externalservice

import (
	"sync"

	"k8s.io/apimachinery/pkg/types"
)

// turns see to it that an object is in one pair of hands at a time: its memory, and
// what is read before a write, are those of whoever has the turn. Each of the two work
// queues hands an object out once, but neither knows of the other.
type turns struct {
	mu    sync.Mutex
	taken map[types.NamespacedName]*turn
}

// turn is of one object. It is dropped when nobody wants it.
type turn struct {
	held   chan struct{}
	wanted int
}

// take waits until nobody else has the object, and returns how it is given back.
func (t *turns) take(name types.NamespacedName) (giveBack func()) {
	t.mu.Lock()
	own := t.taken[name]
	if own == nil {
		own = &turn{held: make(chan struct{}, 1)}
		t.taken[name] = own
	}
	own.wanted++
	t.mu.Unlock()

	own.held <- struct{}{}
	return func() {
		<-own.held
		t.mu.Lock()
		defer t.mu.Unlock()
		if own.wanted--; own.wanted == 0 {
			delete(t.taken, name)
		}
	}
}
