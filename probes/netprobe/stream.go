package netprobe

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/external-endpoints/operator/probes"
)

// Handler is what a protocol does on a connection to target. The connection's deadline is
// set to that of ctx, and the caller closes it.
type Handler func(ctx context.Context, conn net.Conn, target netip.AddrPort) probes.Outcome

// stream probes over a TCP connection of its own.
type stream struct {
	dialer *Dialer
	// exchange is what follows once connected, if it is plain: without TLS or gRPC.
	exchange *Exchange
	// handle is what follows otherwise.
	handle Handler
	// allCurves is the same for hosts that take nothing of what handle offers; nil: it
	// offers everything.
	allCurves Handler
	// needsAllCurves: some host takes allCurves only, which is tried first from then on.
	needsAllCurves atomic.Bool
}

// NewProber returns a prober that connects over TCP and does what handle does.
func NewProber(dialer *Dialer, handle Handler) probes.Prober {
	return &stream{dialer: dialer, handle: handle}
}

// Exchange returns the exchange, if that is all.
func (s *stream) Exchange() (*Exchange, bool) { return s.exchange, s.exchange != nil }

// Probe implements [probes.Prober].
func (s *stream) Probe(ctx context.Context, target netip.AddrPort) probes.Outcome {
	if !s.needsAllCurves.Load() {
		outcome := s.over(ctx, target, s.handle)
		if !errors.Is(outcome.Err, errNoCommonCurve) {
			return outcome
		}
	}
	outcome := s.over(ctx, target, s.allCurves)
	if outcome.Result == probes.Success {
		s.needsAllCurves.Store(true)
	}
	return outcome
}

// over probes over one connection.
func (s *stream) over(ctx context.Context, target netip.AddrPort, handle Handler) probes.Outcome {
	conn, outcome, ok := s.dialer.dialStream(ctx, target)
	if !ok {
		return outcome
	}
	defer conn.Close()
	if s.exchange != nil && s.exchange.connectIsAll() {
		return probes.Succeeded()
	}
	defer bind(ctx, conn)()
	if s.exchange != nil {
		return s.exchange.Run(ctx, conn, target)
	}
	return handle(ctx, conn, target)
}

// bind makes conn end with ctx: reads and writes fail with a deadline error from
// then on. The caller must call release before it is done with conn.
func bind(ctx context.Context, conn net.Conn) (release func() bool) {
	if deadline, set := ctx.Deadline(); set {
		// It fails only on a closed connection; the next read tells the same.
		_ = conn.SetDeadline(deadline)
	}
	return context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
}
