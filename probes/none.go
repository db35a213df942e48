package probes

import (
	"context"
	"net/netip"
)

// none asks nothing and finds every host well.
type none struct{}

// Probe implements [Prober].
func (none) Probe(context.Context, netip.AddrPort) Outcome { return Succeeded() }
