// Package netprobe probes TCP, UDP and TLS, and holds what every protocol shares: the
// [Dialer] with its address policy, the mapping of network errors to outcomes, TLS clients,
// and the [Exchange] that an event loop can run in place of a goroutine.
//
// # Implementation considerations
//
// An error that the kernel reports about this machine (no descriptors, no local port, no
// route) is inconclusive. Only errors that speak about the host are failures: a false
// positive here would fail every target at once.
package netprobe
