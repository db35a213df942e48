package probes

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync/atomic"
	"time"
)

// exchange is what a protocol does on a connection to target. The connection's deadline is
// set to that of ctx, and the caller closes it.
type exchange func(ctx context.Context, conn net.Conn, target netip.AddrPort) Outcome

// stream probes over a TCP connection of its own.
type stream struct {
	dialer *Dialer
	// script is what follows once connected, if it is plain: without TLS or gRPC.
	script *Script
	// exchange is what follows otherwise.
	exchange exchange
	// generous is the same for hosts that take nothing of what exchange offers; nil: it
	// offers everything.
	generous exchange
	// demanding: some host takes generous only, which is tried first from then on.
	demanding atomic.Bool
}

// Probe implements [Prober].
func (s *stream) Probe(ctx context.Context, target netip.AddrPort) Outcome {
	if !s.demanding.Load() {
		outcome := s.over(ctx, target, s.exchange)
		if !errors.Is(outcome.Err, errNothingInCommon) {
			return outcome
		}
	}
	outcome := s.over(ctx, target, s.generous)
	if outcome.Result == Success {
		s.demanding.Store(true)
	}
	return outcome
}

// over probes over one connection.
func (s *stream) over(ctx context.Context, target netip.AddrPort, exchange exchange) Outcome {
	conn, outcome, ok := s.dialer.dialStream(ctx, target)
	if !ok {
		return outcome
	}
	defer conn.Close()
	if s.script != nil && s.script.connectIsAll() {
		return Succeeded()
	}
	defer bind(ctx, conn)()
	if s.script != nil {
		return s.script.exchange(ctx, conn, target)
	}
	return exchange(ctx, conn, target)
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
