package netprobe

import (
	"fmt"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// reportUnreachable makes a UDP socket return every ICMP error. By default Linux returns "port
// unreachable" only, and neither "host unreachable" nor a failed ARP lookup. A check without
// Expect succeeds at the deadline, so it would succeed for a dead host.
func reportUnreachable(network string, conn syscall.RawConn) error {
	level, option := unix.IPPROTO_IP, unix.IP_RECVERR
	if strings.HasSuffix(network, "6") {
		level, option = unix.IPPROTO_IPV6, unix.IPV6_RECVERR
	}
	var setting error
	if err := conn.Control(func(fd uintptr) {
		setting = unix.SetsockoptInt(int(fd), level, option, 1)
	}); err != nil {
		return fmt.Errorf("reach the socket: %w", err)
	}
	if setting != nil {
		return fmt.Errorf("ask for ICMP errors: %w", setting)
	}
	return nil
}
