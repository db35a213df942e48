package engine

import (
	"context"
	"net/netip"
	"time"

	"github.com/external-endpoints/operator/probes"
)

// Runner carries probes out. It is the seam behind which different ways to run
// probes can live: scheduling, verdicts and owners see outcomes only.
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
	// Done takes the outcome, and when the probe really began: only the runner
	// knows how long it kept the probe waiting. The deadline is Check.Timeout
	// after that.
	Done func(began time.Time, outcome probes.Outcome)
}

// Goroutines runs every probe in a goroutine of its own. A host that hangs costs
// the memory of its goroutine and nobody's turn.
//
// Begin it with [NewGoroutines] where there may be thousands of probes a second.
type Goroutines struct{ beginning chan struct{} }

// mostBeginning is how many goroutines may wait for their first moment of CPU.
const mostBeginning = 32

// NewGoroutines returns a runner whose Start waits while many probes have not begun
// yet. Goroutines get the CPU in turn: new ones that wait say that those whose hosts
// have answered wait as well. To start more then is to read no answer in time.
func NewGoroutines() Goroutines { return Goroutines{make(chan struct{}, mostBeginning)} }

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
