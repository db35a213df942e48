package compile

import (
	"context"
	"net/netip"

	"github.com/external-endpoints/operator/probes"
)

// none asks nothing and finds every host well.
type none struct{}

// Probe implements [probes.Prober].
func (none) Probe(context.Context, netip.AddrPort) probes.Outcome { return probes.Succeeded() }
