package engine

import (
	"fmt"
	"sync"
	"time"
)

const (
	// maxStall is how long there may be no progress while work is pending.
	maxStall = 30 * time.Second
	// maxStep limits the stall that one check adds. When a stopped process or suspended node continues,
	// all targets are overdue, and by the clock it has stalled for an hour. So several checks in a
	// row without progress are required.
	maxStep = 10 * time.Second
)

// stallDetector measures how long a loop has made no progress. Each check adds the time since the check
// before, up to maxStep.
type stallDetector struct {
	progress uint64
	looked   time.Time
	lasted   time.Duration
}

// check takes whether work is pending, and a counter of progress. It returns for how long there has
// been no progress.
func (s *stallDetector) check(now time.Time, pending bool, progress uint64) time.Duration {
	if !pending || progress != s.progress || s.looked.IsZero() {
		s.lasted = 0
	} else {
		s.lasted += min(max(now.Sub(s.looked), 0), maxStep)
	}
	s.looked, s.progress = now, progress
	return s.lasted
}

// Looper is a Runner with an event loop of its own, which drives the probes in flight.
type Looper interface {
	Runner
	// Passes reports whether the loop has pending work, and its number of passes.
	Passes() (busy bool, passes uint64)
}

// liveness is the state of the stall detectors.
type liveness struct {
	mu           sync.Mutex
	engine, loop stallDetector
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
	if lasted := l.engine.check(now, pending, starts); lasted >= maxStall {
		return fmt.Errorf("targets are due and none has been probed for %s", lasted.Truncate(time.Second))
	}
	if lasted := l.loop.check(now, busy, passes); lasted >= maxStall {
		return fmt.Errorf("the event loop of running probes has not passed for %s", lasted.Truncate(time.Second))
	}
	return nil
}

// pendingStarts reports whether a target is due that is not in the backlog, and how many probes have
// started. Throttled targets are in the backlog: they are no stall.
func (e *Engine) pendingStarts(now time.Time) (pending bool, starts uint64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.probing && e.queue.due(now), e.starts
}
