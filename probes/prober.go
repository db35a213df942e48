package probes

import (
	"context"
	"net/netip"
)

// Prober probes one address once. It is safe for concurrent use and holds no connection
// between probes: all targets with the same check share one Prober.
type Prober interface {
	// Probe returns when the outcome is final or ctx ends. The deadline of ctx is the deadline
	// of the whole probe. If ctx is cancelled, the outcome is Inconclusive.
	Probe(ctx context.Context, target netip.AddrPort) Outcome
}
