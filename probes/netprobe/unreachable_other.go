//go:build !linux

package netprobe

import "syscall"

// reportUnreachable is a no-op: only Linux needs an option for ICMP errors.
func reportUnreachable(string, syscall.RawConn) error { return nil }
