package netprobe

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"syscall"
	"testing"

	"github.com/external-endpoints/operator/probes"
)

// asDialed wraps an errno as package net does.
func asDialed(errno syscall.Errno) error {
	return &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", errno)}
}

func TestConnectErrors(t *testing.T) {
	v4, v6 := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")
	tests := []struct {
		err  error
		addr netip.Addr
		want probes.Reason // empty: inconclusive
	}{
		{asDialed(syscall.ECONNREFUSED), v4, probes.ConnectionRefused},
		{asDialed(syscall.ECONNRESET), v4, probes.Reset},
		{asDialed(syscall.EHOSTUNREACH), v4, probes.Unreachable},
		{asDialed(syscall.ENETUNREACH), v4, probes.Unreachable},
		{asDialed(syscall.ENOPROTOOPT), v4, probes.Unreachable},
		{asDialed(syscall.EACCES), v6, probes.Unreachable},
		{asDialed(syscall.ETIMEDOUT), v4, probes.ConnectTimeout},
		{os.ErrDeadlineExceeded, v4, probes.ConnectTimeout},
		{&net.OpError{Op: "dial", Err: errDenied}, v4, probes.AddressDenied},

		{asDialed(syscall.EACCES), v4, ""},
		{asDialed(syscall.EACCES), netip.MustParseAddr("::ffff:192.0.2.1"), ""},
		{asDialed(syscall.EPERM), v6, ""},
		{asDialed(syscall.EMFILE), v4, ""},
		{asDialed(syscall.ENFILE), v4, ""},
		{asDialed(syscall.ENOBUFS), v4, ""},
		{asDialed(syscall.ENOMEM), v4, ""},
		{asDialed(syscall.EADDRNOTAVAIL), v4, ""},
		{asDialed(syscall.EADDRINUSE), v4, ""},
		{asDialed(syscall.EAGAIN), v4, ""},
		{asDialed(syscall.EINVAL), v4, ""},
		{errors.New("what no one has thought of"), v4, ""},
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("%v to %s", test.err, test.addr), func(t *testing.T) {
			checkOutcome(t, connectOutcome(test.err, test.addr), test.want)
		})
	}
}

func TestExchangeErrors(t *testing.T) {
	tests := []struct {
		err  error
		want probes.Reason // empty: inconclusive
	}{
		{asDialed(syscall.ECONNRESET), probes.Reset},
		{asDialed(syscall.EPIPE), probes.Reset},
		{io.EOF, probes.Reset},
		{io.ErrUnexpectedEOF, probes.Reset},
		{os.ErrDeadlineExceeded, probes.Timeout},
		{asDialed(syscall.ETIMEDOUT), probes.Timeout},
		{asDialed(syscall.ECONNREFUSED), probes.ConnectionRefused},
		{asDialed(syscall.EHOSTUNREACH), probes.Unreachable},
		{&net.OpError{Op: "remote error", Err: errors.New("tls: certificate required")}, probes.TLSHandshake},
		{errors.New("tls: bad record"), probes.Protocol},
		{errTooLong, probes.Protocol},

		{asDialed(syscall.EPERM), ""},
		{asDialed(syscall.ENOBUFS), ""},
		{asDialed(syscall.EMSGSIZE), ""},
		{net.ErrClosed, ""},
	}
	for _, test := range tests {
		t.Run(test.err.Error(), func(t *testing.T) {
			checkOutcome(t, ExchangeFailed(test.err), test.want)
		})
	}
}

func checkOutcome(t *testing.T, got probes.Outcome, want probes.Reason) {
	t.Helper()
	switch {
	case want != "" && got != probes.Failed(want):
		t.Errorf("outcome is %+v, want the failure %s", got, want)
	case want == "" && (got.Result != probes.Inconclusive || got.Err == nil || got.Reason != ""):
		t.Errorf("outcome is %+v, want an inconclusive one with an error", got)
	}
}
