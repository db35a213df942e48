package main

import (
	"fmt"
	"sync"

	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
)

// watcher says on standard output which hosts go down and come up, as a controller
// would publish it.
type watcher struct {
	engine *engine.Engine
	woken  chan engine.Key
	mu     sync.Mutex
	broken map[string]int
}

// Changed implements [engine.Observer].
func (w *watcher) Changed(key engine.Key) { w.woken <- key }

// Lost implements [engine.Observer].
func (w *watcher) Lost(key engine.Key) { w.woken <- key }

// Broken implements [engine.Observer].
func (w *watcher) Broken(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.broken[err.Error()]++
}

func (w *watcher) tell() {
	down := map[engine.MemberID]bool{}
	for key := range w.woken {
		for id, verdict := range w.engine.Verdicts(key) {
			is := verdict.State == health.Unhealthy
			if is == down[id] {
				continue
			}
			fmt.Printf("%s %s\n", verdict.State, id.Address)
			if is {
				down[id] = true
			} else {
				delete(down, id)
			}
		}
	}
}
