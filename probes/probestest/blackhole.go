package probestest

import (
	"net"
	"net/netip"
	"os"
	"syscall"
	"testing"
)

// BlackHole returns the address of a TCP port that answers no connection attempt.
// It is a listener whose queue is full: Linux drops further SYNs then.
func BlackHole(t testing.TB) netip.AddrPort {
	t.Helper()
	descriptor, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatalf("socket: %v", err)
	}
	file := os.NewFile(uintptr(descriptor), "black hole")
	t.Cleanup(func() { file.Close() })
	if err := syscall.Bind(descriptor, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatalf("bind: %v", err)
	}
	// A backlog of zero has room for one connection that is not accepted.
	if err := syscall.Listen(descriptor, 0); err != nil {
		t.Fatalf("listen: %v", err)
	}
	name, err := syscall.Getsockname(descriptor)
	if err != nil {
		t.Fatalf("getsockname: %v", err)
	}
	bound, ok := name.(*syscall.SockaddrInet4)
	if !ok {
		t.Fatalf("bound to a %T", name)
	}
	target := netip.AddrPortFrom(netip.AddrFrom4(bound.Addr), uint16(bound.Port))
	conn, err := net.Dial("tcp", target.String())
	if err != nil {
		t.Fatalf("fill the queue: %v", err)
	}
	t.Cleanup(func() { conn.Close() })
	return target
}
