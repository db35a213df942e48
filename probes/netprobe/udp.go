package netprobe

import (
	"bytes"
	"context"
	"net/netip"

	"github.com/external-endpoints/operator/probes"
)

// udp sends one datagram a probe. It is not repeated: the next probe is the
// repetition, and thresholds are how many losses a user puts up with.
type udp struct {
	check  *probes.UDP
	dialer *Dialer
}

// NewUDP returns the prober of a UDP check.
func NewUDP(check *probes.UDP, dialer *Dialer) (probes.Prober, error) {
	switch {
	case len(check.Send) > probes.MaxResponse:
		return nil, probes.Invalid("udp.send", "at most 8192 bytes")
	case len(check.Expect) > readSize:
		return nil, probes.Invalid("udp.expect", "at most 4096 bytes: no more of a datagram is read")
	}
	return &udp{check: check, dialer: dialer}, nil
}

// Probe implements [probes.Prober]. The socket is connected, so the kernel hands over
// datagrams from target only, and ICMP errors that concern it.
func (u *udp) Probe(ctx context.Context, target netip.AddrPort) probes.Outcome {
	conn, outcome, ok := u.dialer.dialDatagram(ctx, target)
	if !ok {
		return outcome
	}
	defer conn.Close()
	defer bind(ctx, conn)()

	// An empty datagram is a datagram: it provokes ICMP like any other.
	if _, err := conn.Write(u.check.Send); err != nil {
		return ExchangeFailed(err)
	}
	buffer := buffers.Get().(*[readSize]byte)
	defer buffers.Put(buffer)
	n, err := conn.Read(buffer[:])
	switch {
	case err == nil && bytes.Contains(buffer[:n], u.check.Expect):
		return probes.Succeeded()
	case err == nil:
		return probes.Failed(probes.UnexpectedReply)
	case isLate(err) && len(u.check.Expect) == 0:
		return probes.Succeeded()
	default:
		return ExchangeFailed(err)
	}
}
