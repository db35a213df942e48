package probes

import (
	"bytes"
	"context"
	"net/netip"
)

// udp sends one datagram a probe. It is not repeated: the next probe is the
// repetition, and thresholds are how many losses a user puts up with.
type udp struct {
	check  *UDP
	dialer *Dialer
}

// newUDP returns the prober of a UDP check.
func newUDP(check *UDP, dialer *Dialer) (Prober, error) {
	switch {
	case len(check.Send) > maxReply:
		return nil, invalid("udp.send", "at most 8192 bytes")
	case len(check.Expect) > readSize:
		return nil, invalid("udp.expect", "at most 4096 bytes: no more of a datagram is read")
	}
	return &udp{check: check, dialer: dialer}, nil
}

// Probe implements [Prober]. The socket is connected, so the kernel hands over
// datagrams from target only, and ICMP errors that concern it.
func (u *udp) Probe(ctx context.Context, target netip.AddrPort) Outcome {
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
		return Succeeded()
	case err == nil:
		return Failed(UnexpectedReply)
	case isLate(err) && len(u.check.Expect) == 0:
		return Succeeded()
	default:
		return ExchangeFailed(err)
	}
}
