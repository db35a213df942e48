package compile

import (
	"context"
	"errors"
	"fmt"
	"net/netip"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/netprobe"
)

// guard makes the outcome of every protocol Inconclusive if the deadline expired before the start,
// or if the probe was cancelled while in flight.
type guard struct{ protocol probes.Prober }

// Exchange returns the exchange of the protocol, for the event loop.
func (g guard) Exchange() (*netprobe.Exchange, bool) { return netprobe.ExchangeOf(g.protocol) }

// Probe implements [probes.Prober].
func (g guard) Probe(ctx context.Context, target netip.AddrPort) probes.Outcome {
	if err := ctx.Err(); err != nil {
		return probes.Broken(fmt.Errorf("probe not begun: %w", err))
	}
	outcome := g.protocol.Probe(ctx, target)
	// The failure may be an effect of the cancellation, which closes the connection.
	if err := ctx.Err(); errors.Is(err, context.Canceled) {
		return probes.Broken(fmt.Errorf("probe stopped: %w", err))
	}
	return outcome
}
