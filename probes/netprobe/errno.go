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

// hostErrnos maps the errnos that are failures of the host. Every other errno is a prober error
// and changes no verdict: EMFILE, ENFILE, ENOBUFS and ENOMEM (resources), EADDRNOTAVAIL and
// EADDRINUSE (local ports), EPERM (a local packet filter or eBPF program), EINVAL (a blackhole
// route). An unknown errno is a prober error too: that delays the removal of one host, while
// the opposite could be a false positive for every target at once.
var hostErrnos = map[syscall.Errno]probes.Reason{
	syscall.ECONNREFUSED: probes.ConnectionRefused, // RST after the SYN; ICMP port unreachable

	// RST on an established connection; EPIPE is the same during a write.
	syscall.ECONNRESET:   probes.Reset,
	syscall.EPIPE:        probes.Reset,
	syscall.ECONNABORTED: probes.Reset,

	// ICMP errors, and ARP without a reply. During a connect, connectFailed excludes a missing
	// local route first.
	syscall.EHOSTUNREACH: probes.Unreachable,
	syscall.ENETUNREACH:  probes.Unreachable,
	syscall.EHOSTDOWN:    probes.Unreachable, // ICMP host unknown
	syscall.ENOPROTOOPT:  probes.Unreachable, // ICMP protocol unreachable
	// ICMPv6 "administratively prohibited", which many firewalls send. For IPv4 no ICMP error
	// maps to EACCES: see connectOutcome.
	syscall.EACCES: probes.Unreachable,
}

// connectOutcome returns the outcome for an error of the connect to addr.
func connectOutcome(err error, addr netip.Addr) probes.Outcome {
	errno := errnoOf(err)
	switch {
	case errors.Is(err, errDenied):
		return probes.Failed(probes.AddressDenied)
	case isDeadline(err):
		return probes.Failed(probes.ConnectTimeout)
	case errno == syscall.EACCES && addr.Unmap().Is4():
		// A local security module such as SELinux or AppArmor.
		return probes.Broken(fmt.Errorf("connect: %w", errno))
	case hostErrnos[errno] != "":
		return probes.Failed(hostErrnos[errno])
	case errno != 0:
		return probes.Broken(fmt.Errorf("connect: %w", errno))
	default:
		return probes.Broken(fmt.Errorf("connect: unexpected error of type %T", err))
	}
}

// ExchangeFailed returns the outcome for an error on an established connection. It drops the text
// of the error: a TLS error quotes bytes of the host.
func ExchangeFailed(err error) probes.Outcome {
	errno := errnoOf(err)
	var operation *net.OpError
	switch {
	case isDeadline(err):
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
		// A TLS alert after the handshake. With TLS 1.3 a host rejects a missing client
		// certificate there.
		return probes.Failed(probes.TLSHandshake)
	default:
		// Prober errors of the kernel are errnos. Every other error comes from a parser.
		return probes.Failed(probes.Protocol)
	}
}

// isDeadline reports whether err means that a deadline has expired. It does not call Timeout(),
// which is true for EAGAIN, an error of local resources.
func isDeadline(err error) bool {
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) ||
		errnoOf(err) == syscall.ETIMEDOUT
}

// mayLackRoute reports whether err may be caused by a missing route of this machine.
func mayLackRoute(err error) bool {
	switch errnoOf(err) {
	case syscall.ENETUNREACH, syscall.EHOSTUNREACH, syscall.EACCES:
		return true
	default:
		return false
	}
}

// errnoOf returns the errno in err, or 0. The wrapping error holds addresses, which the log has
// already.
func errnoOf(err error) syscall.Errno {
	var errno syscall.Errno
	errors.As(err, &errno)
	return errno
}

// isHandshakeFailure reports whether the host sent the alert that it accepts none of the offered
// parameters. Go has no exported type for received alerts; the text equals that of QUIC alerts.
func isHandshakeFailure(err error) bool {
	const handshakeFailure = tls.AlertError(40)
	var alert *net.OpError
	return errors.As(err, &alert) && alert.Op == "remote error" && alert.Err.Error() == handshakeFailure.Error()
}

// handshakeOutcome returns the outcome for an error of a handshake.
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
