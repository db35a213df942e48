//go:build !linux

package netprobe

import "syscall"

// reportUnreachable does nothing: only Linux has to be asked for ICMP errors.
func reportUnreachable(string, syscall.RawConn) error { return nil }
