package compile

import (
	"context"
	"errors"
	"fmt"
	"net/netip"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/netprobe"
)

// guard holds what is true of every protocol: a probe that was not given the time
// to run, or was stopped, says nothing about its host.
type guard struct{ protocol probes.Prober }

// Exchange is that of the protocol.
func (g guard) Exchange() (*netprobe.Exchange, bool) { return netprobe.ExchangeOf(g.protocol) }

// Probe implements [probes.Prober].
func (g guard) Probe(ctx context.Context, target netip.AddrPort) probes.Outcome {
	if err := ctx.Err(); err != nil {
		return probes.Broken(fmt.Errorf("probe not begun: %w", err))
	}
	outcome := g.protocol.Probe(ctx, target)
	// Whatever the protocol saw, it may be no more than the connection being torn
	// down under it.
	if err := ctx.Err(); errors.Is(err, context.Canceled) {
		return probes.Broken(fmt.Errorf("probe stopped: %w", err))
	}
	return outcome
}
