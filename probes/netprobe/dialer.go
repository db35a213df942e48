package netprobe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"

	"github.com/external-endpoints/operator/probes"
)

// receiveBuffer bounds the unread bytes of a connection in the kernel. By default the kernel
// buffers several MiB for each of the 1,000 and more probes in flight.
const receiveBuffer = 64 << 10

// errDenied is the error of a connect to a denied address. It holds neither the address nor the
// class: an outcome must not reveal the addresses of a denied name.
var errDenied = errors.New("address denied")

// Dialer opens the connections of all probes. It dials literal addresses, so it needs neither
// DNS nor a proxy. It is safe for concurrent use.
type Dialer struct {
	allow            func(netip.Addr) error
	stream, datagram net.Dialer
}

// NewDialer returns a dialer that connects only to addresses for which allow returns nil. The
// operator passes the Check method of its address policy; tests pass a function that admits
// loopback.
//
// The dialer calls allow once for each socket, immediately before the connect, with the address
// of the system call. The check of a plan may be stale by then, since the policy follows the
// cluster. allow must be fast and safe for concurrent use.
func NewDialer(allow func(netip.Addr) error) *Dialer {
	admit := func(_ context.Context, _, address string, _ syscall.RawConn) error {
		final, err := netip.ParseAddrPort(address)
		if err != nil || allow(final.Addr()) != nil {
			return errDenied
		}
		return nil
	}
	return &Dialer{
		allow: allow,
		// Keep-alive costs three system calls for each connection and has no effect on
		// connections that last less than a second.
		stream: net.Dialer{KeepAlive: -1, ControlContext: admit},
		datagram: net.Dialer{ControlContext: func(ctx context.Context, network, address string, conn syscall.RawConn) error {
			if err := admit(ctx, network, address, conn); err != nil {
				return err
			}
			return reportUnreachable(network, conn)
		}},
	}
}

// dialStream connects to target over TCP. If ok is false, the probe ends with outcome.
//
// Close resets the connection (linger 0). An orderly close keeps a local port in TIME_WAIT for a
// minute: 10,000 probes a second to one host would exhaust all 28,000 ports in three seconds.
// A reset loses no data, since a probe closes after its outcome is final.
func (d *Dialer) dialStream(ctx context.Context, target netip.AddrPort) (conn *net.TCPConn, outcome probes.Outcome, ok bool) {
	conn, err := d.stream.DialTCP(ctx, "tcp", netip.AddrPort{}, target)
	if err != nil {
		return nil, d.connectFailed(ctx, err, target), false
	}
	// Both fail only if the host has already reset the connection, and only on some systems.
	_ = conn.SetLinger(0)
	_ = conn.SetReadBuffer(receiveBuffer)
	return conn, probes.Outcome{}, true
}

// dialDatagram returns a UDP socket connected to target. The connect sends no packet, so every
// error except a denial is an error of this machine.
func (d *Dialer) dialDatagram(ctx context.Context, target netip.AddrPort) (conn *net.UDPConn, outcome probes.Outcome, ok bool) {
	conn, err := d.datagram.DialUDP(ctx, "udp", netip.AddrPort{}, target)
	switch {
	case errors.Is(err, errDenied):
		return nil, probes.Failed(probes.AddressDenied), false
	case err != nil:
		return nil, probes.Broken(fmt.Errorf("open a UDP socket: %w", errnoOf(err))), false
	}
	return conn, probes.Outcome{}, true
}

// hasRoute reports whether this machine has a route to target. The connect of a UDP socket does a
// route lookup and sends no packet.
//
// The errno is ambiguous: ENETUNREACH is an ICMP message of a remote router, which is a failure
// of the host, or the kernel has no default route. The latter is a prober error: an interface
// that goes down must not be a false positive for every target.
func (d *Dialer) hasRoute(ctx context.Context, target netip.AddrPort) bool {
	conn, _, ok := d.dialDatagram(ctx, target)
	if ok {
		conn.Close()
	}
	return ok
}

// connectFailed returns the outcome for an error of the connect to target.
func (d *Dialer) connectFailed(ctx context.Context, err error, target netip.AddrPort) probes.Outcome {
	if mayLackRoute(err) && !d.hasRoute(ctx, target) {
		return probes.Broken(fmt.Errorf("no route of our own: %w", errnoOf(err)))
	}
	return connectOutcome(err, target.Addr())
}
