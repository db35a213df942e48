package engine

import (
	"fmt"
	"sync"
	"time"
)

const (
	// maxStall is for how long there may be no progress, while there is something to do.
	maxStall = 30 * time.Second
	// maxStep is how much of a stall one look can add. A process that was stopped, or whose node was
	// suspended, finds everything overdue when it goes on: by the clock it has stalled for an
	// hour. Several looks in a row without progress are needed to believe it.
	maxStep = 10 * time.Second
)

// stall measures for how long something that should make progress makes none, in time that this
// process has seen pass: it is fed by looks, each of which adds the time since the look before, up
// to maxStep.
type stall struct {
	progress uint64
	looked   time.Time
	lasted   time.Duration
}

// look takes in whether there is anything to do, and a number that every progress changes. It
// returns for how long there has been none.
func (s *stall) look(now time.Time, pending bool, progress uint64) time.Duration {
	if !pending || progress != s.progress || s.looked.IsZero() {
		s.lasted = 0
	} else {
		s.lasted += min(max(now.Sub(s.looked), 0), maxStep)
	}
	s.looked, s.progress = now, progress
	return s.lasted
}

// Looper is a Runner with a loop of its own, on which running probes depend.
type Looper interface {
	Runner
	// Passes reports whether the loop has anything to do, and how many passes it has made.
	Passes() (busy bool, passes uint64)
}

// liveness is what the looks before have found.
type liveness struct {
	mu           sync.Mutex
	engine, loop stall
}

// Alive returns an error when targets are due and none has been probed for 30 s, or when a loop that
// probes depend on has not passed for so long. Such an engine does not recover: the process must
// be started again, so that another copy can take the lease. It must be called every few seconds;
// each call accounts for 10 s at most.
func (e *Engine) Alive() error {
	now := time.Now()
	pending, starts := e.pendingStarts(now)
	busy, passes := false, uint64(0)
	if looper, ok := e.runner.(Looper); ok {
		busy, passes = looper.Passes()
	}
	l := &e.liveness
	l.mu.Lock()
	defer l.mu.Unlock()
	if lasted := l.engine.look(now, pending, starts); lasted >= maxStall {
		return fmt.Errorf("targets are due and none has been probed for %s", lasted.Truncate(time.Second))
	}
	if lasted := l.loop.look(now, busy, passes); lasted >= maxStall {
		return fmt.Errorf("the event loop of running probes has not passed for %s", lasted.Truncate(time.Second))
	}
	return nil
}

// pendingStarts reports whether a target is due that the engine has not even looked at, and how many
// probes it has started. What a limit holds back has been looked at.
func (e *Engine) pendingStarts(now time.Time) (pending bool, starts uint64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.probing && e.queue.due(now), e.starts
}
