package engine

import (
	"context"
	"net/netip"
	"time"

	"github.com/external-endpoints/operator/probes"
)

// Runner carries out probes. Goroutines and the event loop are behind this interface: scheduling and
// verdicts depend on outcomes only.
type Runner interface {
	// Start begins a probe and returns without waiting for it. It calls
	// probe.Done exactly once, from any goroutine but not from within Start.
	// When ctx is cancelled, running probes end soon, Inconclusive.
	Start(ctx context.Context, probe Probe)
}

// Probe is one probe to carry out.
type Probe struct {
	Target netip.AddrPort
	// Check is what Prober was compiled from, for runners that know a cheaper way.
	Check  *probes.Check
	Prober probes.Prober
	// Done takes the outcome and the time when the probe really started: only the runner knows how
	// long the probe was queued. The deadline is Check.Timeout after that time.
	Done func(began time.Time, outcome probes.Outcome)
}

// Goroutines runs every probe in a goroutine of its own. A host that hangs costs the memory of its
// goroutine and delays no other probe.
//
// Make it with [NewGoroutines] where there may be thousands of probes a second.
type Goroutines struct{ beginning chan struct{} }

// maxBeginning is how many goroutines may wait for their first moment of CPU.
const maxBeginning = 32

// NewGoroutines returns a runner whose Start blocks while many goroutines have not started yet.
// Goroutines get the CPU in turn: if new ones wait for it, so do those that have a response to
// read, and further probes would miss their deadlines.
func NewGoroutines() Goroutines { return Goroutines{make(chan struct{}, maxBeginning)} }

// Start implements [Runner].
func (g Goroutines) Start(ctx context.Context, probe Probe) {
	if g.beginning != nil {
		g.beginning <- struct{}{}
	}
	go func() {
		if g.beginning != nil {
			<-g.beginning
		}
		began := time.Now()
		ctx, cancel := context.WithDeadline(ctx, began.Add(probe.Check.Timeout))
		defer cancel()
		probe.Done(began, probe.Prober.Probe(ctx, probe.Target))
	}()
}
