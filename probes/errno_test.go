package probes

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"syscall"
	"testing"
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
		want Reason // empty: inconclusive
	}{
		{asDialed(syscall.ECONNREFUSED), v4, ConnectionRefused},
		{asDialed(syscall.ECONNRESET), v4, Reset},
		{asDialed(syscall.EHOSTUNREACH), v4, Unreachable},
		{asDialed(syscall.ENETUNREACH), v4, Unreachable},
		{asDialed(syscall.ENOPROTOOPT), v4, Unreachable},
		{asDialed(syscall.EACCES), v6, Unreachable},
		{asDialed(syscall.ETIMEDOUT), v4, ConnectTimeout},
		{os.ErrDeadlineExceeded, v4, ConnectTimeout},
		{&net.OpError{Op: "dial", Err: errDenied}, v4, AddressDenied},

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
		want Reason // empty: inconclusive
	}{
		{asDialed(syscall.ECONNRESET), Reset},
		{asDialed(syscall.EPIPE), Reset},
		{io.EOF, Reset},
		{io.ErrUnexpectedEOF, Reset},
		{os.ErrDeadlineExceeded, Timeout},
		{asDialed(syscall.ETIMEDOUT), Timeout},
		{asDialed(syscall.ECONNREFUSED), ConnectionRefused},
		{asDialed(syscall.EHOSTUNREACH), Unreachable},
		{&net.OpError{Op: "remote error", Err: errors.New("tls: certificate required")}, TLSHandshake},
		{errors.New("tls: bad record"), Protocol},
		{errTooMuch, Protocol},

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

func checkOutcome(t *testing.T, got Outcome, want Reason) {
	t.Helper()
	switch {
	case want != "" && got != Failed(want):
		t.Errorf("outcome is %+v, want the failure %s", got, want)
	case want == "" && (got.Result != Inconclusive || got.Err == nil || got.Reason != ""):
		t.Errorf("outcome is %+v, want an inconclusive one with an error", got)
	}
}
