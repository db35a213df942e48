package netprobe

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"syscall"

	"github.com/external-endpoints/operator/probes"
)

// hostErrnos are the errors that speak about the host. All others speak about
// this machine and change no verdict: EMFILE, ENFILE, ENOBUFS and ENOMEM
// (resources), EADDRNOTAVAIL and EADDRINUSE (local ports), EPERM (a local packet
// filter or eBPF program), EINVAL (a blackhole route), and whatever a future kernel
// comes up with. To take an unknown error for the host's failure could take every
// host down at once; to take it for ours delays one host's removal.
var hostErrnos = map[syscall.Errno]probes.Reason{
	syscall.ECONNREFUSED: probes.ConnectionRefused, // RST to our SYN; ICMP port unreachable

	// RST later; EPIPE is the same, noticed while writing.
	syscall.ECONNRESET:   probes.Reset,
	syscall.EPIPE:        probes.Reset,
	syscall.ECONNABORTED: probes.Reset,

	// What ICMP becomes, and unanswered ARP on the host's own link. While
	// connecting, dialStream has made sure that our own routes are not the cause.
	syscall.EHOSTUNREACH: probes.Unreachable,
	syscall.ENETUNREACH:  probes.Unreachable,
	syscall.EHOSTDOWN:    probes.Unreachable, // ICMP host unknown
	syscall.ENOPROTOOPT:  probes.Unreachable, // ICMP protocol unreachable
	// ICMPv6 "administratively prohibited", with which many firewalls reject. ICMP
	// for IPv4 never becomes EACCES: see connectOutcome.
	syscall.EACCES: probes.Unreachable,
}

// connectOutcome turns an error of connecting to addr into an outcome.
func connectOutcome(err error, addr netip.Addr) probes.Outcome {
	errno := errnoOf(err)
	switch {
	case errors.Is(err, errDenied):
		return probes.Failed(probes.AddressDenied)
	case isLate(err):
		return probes.Failed(probes.ConnectTimeout)
	case errno == syscall.EACCES && addr.Unmap().Is4():
		// A local security module: SELinux, AppArmor.
		return probes.Broken(fmt.Errorf("connect: %w", errno))
	case hostErrnos[errno] != "":
		return probes.Failed(hostErrnos[errno])
	case errno != 0:
		return probes.Broken(fmt.Errorf("connect: %w", errno))
	default:
		return probes.Broken(fmt.Errorf("connect: unexpected error of type %T", err))
	}
}

// ExchangeFailed judges an error on an established connection.
// The error's text is never used: a TLS error quotes what the host sent.
func ExchangeFailed(err error) probes.Outcome {
	errno := errnoOf(err)
	var operation *net.OpError
	switch {
	case isLate(err):
		return probes.Failed(probes.Timeout)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return probes.Failed(probes.Reset)
	case hostErrnos[errno] != "":
		return probes.Failed(hostErrnos[errno])
	case errno != 0:
		return probes.Broken(fmt.Errorf("exchange: %w", errno))
	case errors.Is(err, net.ErrClosed):
		return probes.Broken(errors.New("exchange: connection closed by ourselves"))
	case errors.As(err, &operation) && operation.Op == "remote error":
		// A TLS alert after the handshake: under TLS 1.3 that is where a host
		// says that it wants a client certificate.
		return probes.Failed(probes.TLSHandshake)
	default:
		// What the kernel says about us is an errno. The rest comes from code
		// that reads the host's bytes.
		return probes.Failed(probes.Protocol)
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

// refusesAll reports whether the host said that it takes nothing of what was offered.
// Go has no type for a host's alerts, but those of QUIC are written the same.
func refusesAll(err error) bool {
	const handshakeFailure = tls.AlertError(40)
	var said *net.OpError
	return errors.As(err, &said) && said.Op == "remote error" && said.Err.Error() == handshakeFailure.Error()
}

// handshakeOutcome turns an error of a handshake into an outcome.
func handshakeOutcome(err error) probes.Outcome {
	var unverified *tls.CertificateVerificationError
	if errors.As(err, &unverified) {
		return probes.Failed(probes.CertificateInvalid)
	}
	outcome := ExchangeFailed(err)
	if outcome.Reason == probes.Protocol {
		return probes.Failed(probes.TLSHandshake)
	}
	return outcome
}
