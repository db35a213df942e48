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

// receiveBuffer is how many bytes of what a host says the kernel keeps that nobody has
// read. By itself it goes up to several MiB for one that talks without end, and a prober
// may have a thousand of those.
const receiveBuffer = 64 << 10

// errDenied is what the dialer's hook answers for an address that the policy
// denies. It does not say which address or why: an Outcome must not tell to what
// a denied name resolved.
var errDenied = errors.New("address denied")

// Dialer opens the connections of all probes. It dials literal addresses, so
// there is nothing to resolve and no proxy to ask. It is safe for concurrent use.
type Dialer struct {
	allow            func(netip.Addr) error
	stream, datagram net.Dialer
}

// NewDialer returns a dialer that connects only where allow returns nil.
// The operator passes the Check method of its address policy; tests, whose hosts
// are on loopback, pass a function of their own.
//
// allow is asked once for each socket, immediately before it is connected, with
// the address as the kernel gets it: whatever was believed about the target
// before, this is the address that packets go to. It must be fast and safe for
// concurrent use.
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
		// Keep-alive would cost three system calls on each connection and never act:
		// connections live shorter than a second.
		stream: net.Dialer{KeepAlive: -1, ControlContext: admit},
		datagram: net.Dialer{ControlContext: func(ctx context.Context, network, address string, conn syscall.RawConn) error {
			if err := admit(ctx, network, address, conn); err != nil {
				return err
			}
			return reportUnreachable(network, conn)
		}},
	}
}

// dialStream connects to target over TCP; ok is false when outcome is the end of
// the probe.
//
// Closing the connection resets it (linger 0). A connection that is closed in the
// polite way stays in TIME_WAIT for a minute and holds a local port: 10,000 probes
// a second to one host would use up all 28,000 in three seconds. Nothing is lost,
// for a probe closes only when it has read all that it wants.
func (d *Dialer) dialStream(ctx context.Context, target netip.AddrPort) (conn *net.TCPConn, outcome probes.Outcome, ok bool) {
	conn, err := d.stream.DialTCP(ctx, "tcp", netip.AddrPort{}, target)
	if err != nil {
		return nil, d.connectFailed(ctx, err, target), false
	}
	// These fail only on some systems, when the host has already reset the
	// connection. Then there is nothing left to linger, or to read.
	_ = conn.SetLinger(0)
	_ = conn.SetReadBuffer(receiveBuffer)
	return conn, probes.Outcome{}, true
}

// dialDatagram returns a UDP socket connected to target. No packet is sent and
// none has been heard, so that all errors but a denial are our own.
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

// routed reports whether this machine has a route to target. Connecting a UDP
// socket looks the route up and sends nothing.
//
// The errno alone does not tell: ENETUNREACH is what a distant router's ICMP
// message becomes, and also what the kernel says when it has no default route.
// The first is about the host. The second is about us: a prober whose interface
// went down must not fail every host that there is.
func (d *Dialer) routed(ctx context.Context, target netip.AddrPort) bool {
	conn, _, ok := d.dialDatagram(ctx, target)
	if ok {
		conn.Close()
	}
	return ok
}

// connectFailed judges an error of connecting to target.
func (d *Dialer) connectFailed(ctx context.Context, err error, target netip.AddrPort) probes.Outcome {
	if saysUnreachable(err) && !d.routed(ctx, target) {
		return probes.Broken(fmt.Errorf("no route of our own: %w", errnoOf(err)))
	}
	return connectOutcome(err, target.Addr())
}
