package epoll

import (
	"errors"
	"net/netip"

	"golang.org/x/sys/unix"

	"github.com/external-endpoints/operator/probes/netprobe"
)

var errDenied = errors.New("address denied")

// noLinger makes closing a socket reset its connection: see netprobe.Dialer, and
// nothing is left in TIME_WAIT.
var noLinger = unix.Linger{Onoff: 1}

// connect opens a socket that is being connected to target. With an error the
// socket may be open too; -1: it is not.
func (l *loop) connect(target netip.AddrPort, exchange *netprobe.Exchange) (socket int, err error) {
	addr := target.Addr().Unmap()
	family, to := l.kernelAddress(addr, target.Port())
	socket, err = unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, unix.IPPROTO_TCP)
	if err != nil {
		return -1, err
	}
	// Without either option a probe has the same outcome, at a higher cost.
	_ = unix.SetsockoptLinger(socket, unix.SOL_SOCKET, unix.SO_LINGER, &noLinger)
	// The handshake's last ACK waits for the request to go with it. A connect check has
	// none: it answers the SYN/ACK with RST, so that the host's accept never
	// returns and its log stays clean.
	_ = unix.SetsockoptInt(socket, unix.IPPROTO_TCP, unix.TCP_QUICKACK, 0)
	if !exchange.Admits(addr) {
		return socket, errDenied
	}
	err = unix.Connect(socket, to)
	if errors.Is(err, unix.EINPROGRESS) {
		err = nil
	}
	return socket, err
}

// kernelAddress returns addr as the kernel takes it. It lasts until the next call:
// a new one for each probe would be garbage.
func (l *loop) kernelAddress(addr netip.Addr, port uint16) (family int, to unix.Sockaddr) {
	if addr.Is4() {
		l.to4.Addr, l.to4.Port = addr.As4(), int(port)
		return unix.AF_INET, &l.to4
	}
	l.to6.Addr, l.to6.Port = addr.As16(), int(port)
	return unix.AF_INET6, &l.to6
}

// connectError returns why a socket with these events could not be connected, if it
// could not.
func connectError(socket int, events uint32) error {
	if events&(unix.EPOLLERR|unix.EPOLLHUP) == 0 {
		return nil
	}
	code, err := unix.GetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_ERROR)
	if err != nil {
		return err
	}
	if code != 0 {
		return unix.Errno(code)
	}
	return nil
}

// closeSocket closes a socket; an error of that is ignored.
func closeSocket(socket int) {
	if socket >= 0 {
		_ = unix.Close(socket)
	}
}
