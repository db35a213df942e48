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

// Handler runs a protocol on an established connection to target. The caller has set the
// deadline of conn to the deadline of ctx, and closes conn.
type Handler func(ctx context.Context, conn net.Conn, target netip.AddrPort) probes.Outcome

// stream is the prober of every protocol over TCP, with one new connection for each probe.
type stream struct {
	dialer *Dialer
	// exchange runs after the connect if the protocol is plain TCP or HTTP.
	exchange *Exchange
	// handle runs otherwise.
	handle Handler
	// allCurves runs in a retry after errNoCommonCurve; nil: the protocol has no handshake.
	allCurves Handler
	// needsAllCurves is set after a host has accepted allCurves only. It avoids the failing
	// handshake and the retry in later probes.
	needsAllCurves atomic.Bool
}

// NewProber returns a prober that connects over TCP and runs handle.
func NewProber(dialer *Dialer, handle Handler) probes.Prober {
	return &stream{dialer: dialer, handle: handle}
}

// Exchange returns the exchange of a plain protocol; see [ExchangeOf].
func (s *stream) Exchange() (*Exchange, bool) { return s.exchange, s.exchange != nil }

// Probe implements [probes.Prober].
func (s *stream) Probe(ctx context.Context, target netip.AddrPort) probes.Outcome {
	if !s.needsAllCurves.Load() {
		outcome := s.probeOnce(ctx, target, s.handle)
		if !errors.Is(outcome.Err, errNoCommonCurve) {
			return outcome
		}
	}
	outcome := s.probeOnce(ctx, target, s.allCurves)
	if outcome.Result == probes.Success {
		s.needsAllCurves.Store(true)
	}
	return outcome
}

// probeOnce probes over one connection.
func (s *stream) probeOnce(ctx context.Context, target netip.AddrPort, handle Handler) probes.Outcome {
	conn, outcome, ok := s.dialer.dialStream(ctx, target)
	if !ok {
		return outcome
	}
	defer conn.Close()
	if s.exchange != nil && s.exchange.connectOnly() {
		return probes.Succeeded()
	}
	defer bind(ctx, conn)()
	if s.exchange != nil {
		return s.exchange.Run(ctx, conn, target)
	}
	return handle(ctx, conn, target)
}

// bind applies the deadline and the cancellation of ctx to conn: reads and writes fail with a
// deadline error after either. The caller calls release before it returns.
func bind(ctx context.Context, conn net.Conn) (release func() bool) {
	if deadline, set := ctx.Deadline(); set {
		// It fails only on a closed connection; the next read returns the same error.
		_ = conn.SetDeadline(deadline)
	}
	return context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
}
