package netprobe

import (
	"fmt"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// reportUnreachable makes a UDP socket report every ICMP error. By default Linux
// reports "port unreachable" only and hides "host unreachable", even when ARP goes
// unanswered: a dead host would look like one that is silent, and silence is
// health where no answer is expected.
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
