package probes

import (
	"context"
	"runtime"
)

// Match is a pattern that is yet to be matched with what a host sent: the last part of a
// probe, and the only one that takes more than a moment of CPU. It must not run where other
// probes wait, an event loop for instance.
type Match struct {
	pattern *Pattern
	text    []byte
}

// NewMatch returns the match of pattern with text.
func NewMatch(pattern *Pattern, text []byte) *Match { return &Match{pattern, text} }

// Matching is bounded, so that it never takes all cores away from the reads and deadlines of
// other probes. Quick matches have half of the cores. The others run one after the other:
// many of them wait for each other, and for nothing else does a probe wait.
var (
	quickMatches = make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2))
	slowMatches  = make(chan struct{}, 1)
)

// Run waits for its turn, matches and judges. When ctx ends first the time went by in this
// prober and not at the host: the outcome is Inconclusive then.
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
