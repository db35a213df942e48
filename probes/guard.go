package probes

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
)

// guard holds what is true of every protocol: a probe that was not given the time
// to run, or was stopped, says nothing about its host.
type guard struct{ protocol Prober }

// Exchange is that of the protocol.
func (g guard) Exchange() (*Exchange, bool) { return ExchangeOf(g.protocol) }

// Probe implements [Prober].
func (g guard) Probe(ctx context.Context, target netip.AddrPort) Outcome {
	if err := ctx.Err(); err != nil {
		return Broken(fmt.Errorf("probe not begun: %w", err))
	}
	outcome := g.protocol.Probe(ctx, target)
	// Whatever the protocol saw, it may be no more than the connection being torn
	// down under it.
	if err := ctx.Err(); errors.Is(err, context.Canceled) {
		return Broken(fmt.Errorf("probe stopped: %w", err))
	}
	return outcome
}
