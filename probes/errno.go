package probes

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"syscall"
)

// hostErrnos are the errors that speak about the host. All others speak about
// this machine and change no verdict: EMFILE, ENFILE, ENOBUFS and ENOMEM
// (resources), EADDRNOTAVAIL and EADDRINUSE (local ports), EPERM (a local packet
// filter or eBPF program), EINVAL (a blackhole route), and whatever a future kernel
// comes up with. To take an unknown error for the host's failure could take every
// host down at once; to take it for ours delays one host's removal.
var hostErrnos = map[syscall.Errno]Reason{
	syscall.ECONNREFUSED: ConnectionRefused, // RST to our SYN; ICMP port unreachable

	// RST later; EPIPE is the same, noticed while writing.
	syscall.ECONNRESET:   Reset,
	syscall.EPIPE:        Reset,
	syscall.ECONNABORTED: Reset,

	// What ICMP becomes, and unanswered ARP on the host's own link. While
	// connecting, dialStream has made sure that our own routes are not the cause.
	syscall.EHOSTUNREACH: Unreachable,
	syscall.ENETUNREACH:  Unreachable,
	syscall.EHOSTDOWN:    Unreachable, // ICMP host unknown
	syscall.ENOPROTOOPT:  Unreachable, // ICMP protocol unreachable
	// ICMPv6 "administratively prohibited", with which many firewalls reject. ICMP
	// for IPv4 never becomes EACCES: see connectOutcome.
	syscall.EACCES: Unreachable,
}

// connectOutcome turns an error of connecting to addr into an outcome.
func connectOutcome(err error, addr netip.Addr) Outcome {
	errno := errnoOf(err)
	switch {
	case errors.Is(err, errDenied):
		return Failed(AddressDenied)
	case isLate(err):
		return Failed(ConnectTimeout)
	case errno == syscall.EACCES && addr.Unmap().Is4():
		// A local security module: SELinux, AppArmor.
		return Broken(fmt.Errorf("connect: %w", errno))
	case hostErrnos[errno] != "":
		return Failed(hostErrnos[errno])
	case errno != 0:
		return Broken(fmt.Errorf("connect: %w", errno))
	default:
		return Broken(fmt.Errorf("connect: unexpected error of type %T", err))
	}
}

// ExchangeFailed judges an error on an established connection.
// The error's text is never used: a TLS error quotes what the host sent.
func ExchangeFailed(err error) Outcome {
	errno := errnoOf(err)
	var operation *net.OpError
	switch {
	case isLate(err):
		return Failed(Timeout)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return Failed(Reset)
	case hostErrnos[errno] != "":
		return Failed(hostErrnos[errno])
	case errno != 0:
		return Broken(fmt.Errorf("exchange: %w", errno))
	case errors.Is(err, net.ErrClosed):
		return Broken(errors.New("exchange: connection closed by ourselves"))
	case errors.As(err, &operation) && operation.Op == "remote error":
		// A TLS alert after the handshake: under TLS 1.3 that is where a host
		// says that it wants a client certificate.
		return Failed(TLSHandshake)
	default:
		// What the kernel says about us is an errno. The rest comes from code
		// that reads the host's bytes.
		return Failed(Protocol)
	}
}

// isLate reports whether err is a deadline's. Timeout() would not do: it is true
// of EAGAIN, which is about this machine's resources.
func isLate(err error) bool {
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) ||
		errnoOf(err) == syscall.ETIMEDOUT
}

// saysUnreachable reports whether err may mean that we, not the host, lack a route.
func saysUnreachable(err error) bool {
	switch errnoOf(err) {
	case syscall.ENETUNREACH, syscall.EHOSTUNREACH, syscall.EACCES:
		return true
	default:
		return false
	}
}

// errnoOf returns the errno within err, or 0. What wraps it holds addresses, which
// no log line needs twice.
func errnoOf(err error) syscall.Errno {
	var errno syscall.Errno
	errors.As(err, &errno)
	return errno
}
