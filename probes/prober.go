package probes

import (
	"context"
	"net/netip"
)

// Prober asks one address once. It holds no state between probes and is used by
// many at the same time: all targets with the same check share one Prober.
type Prober interface {
	// Probe returns when the answer is clear or ctx ends; ctx carries the one
	// deadline of the whole probe. A ctx that is cancelled (not timed out) makes
	// the outcome Inconclusive.
	Probe(ctx context.Context, target netip.AddrPort) Outcome
}
