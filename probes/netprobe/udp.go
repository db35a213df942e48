package netprobe

import (
	"bytes"
	"context"
	"net/netip"

	"github.com/external-endpoints/operator/probes"
)

// udp sends one datagram for each probe. There is no retry: the next probe is the retry, and the
// unhealthy threshold is how many losses in a row the user accepts.
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

// Probe implements [probes.Prober]. The socket is connected, so the kernel returns only datagrams
// and ICMP errors of target.
func (u *udp) Probe(ctx context.Context, target netip.AddrPort) probes.Outcome {
	conn, outcome, ok := u.dialer.dialDatagram(ctx, target)
	if !ok {
		return outcome
	}
	defer conn.Close()
	defer bind(ctx, conn)()

	// An empty datagram is sent too: it causes an ICMP error on a closed port.
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
	case isDeadline(err) && len(u.check.Expect) == 0:
		return probes.Succeeded()
	default:
		return ExchangeFailed(err)
	}
}
