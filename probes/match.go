package probes

import (
	"context"
	"runtime"
)

// Match is the pending match of a pattern with a response: the last step of a probe, and the
// only one with a notable CPU cost. It must not run on an event loop, where it would delay
// all other probes in flight.
type Match struct {
	pattern *Pattern
	text    []byte
}

// NewMatch returns the pending match of pattern with text.
func NewMatch(pattern *Pattern, text []byte) *Match { return &Match{pattern, text} }

// quickMatches and slowMatches are semaphores. They keep cores free for reads and deadlines of
// other probes: quick matches run on half of the cores, slow matches one at a time.
var (
	quickMatches = make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2))
	slowMatches  = make(chan struct{}, 1)
)

// Run acquires a semaphore, matches and returns the outcome. If ctx ends first, the prober
// used up the time and not the host, so the outcome is Inconclusive with [ErrLate].
func (m *Match) Run(ctx context.Context) Outcome {
	turns := slowMatches
	if m.pattern.quick(m.text) {
		turns = quickMatches
	}
	select {
	case turns <- struct{}{}:
	case <-ctx.Done():
		return Broken(ErrLate)
	}
	defer func() { <-turns }()
	if ctx.Err() != nil {
		return Broken(ErrLate)
	}
	matched := m.pattern.expression.Match(m.text)
	switch {
	case ctx.Err() != nil:
		return Broken(ErrLate)
	case matched:
		return Succeeded()
	default:
		return Failed(UnexpectedBody)
	}
}
