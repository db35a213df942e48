// Package netprobe probes TCP, UDP and TLS. It also holds what all protocols share: the [Dialer] with
// the address policy, the outcomes of network errors, the [TLSClient], and the [Exchange]. The
// event loop runs an Exchange without a goroutine for each probe.
//
// # Implementation considerations
//
// An errno is a failure of the host only if it is listed in hostErrnos. Every other errno is a
// prober error and changes no verdict: a machine without descriptors, local ports or routes must
// not cause a false positive for every target.
//
// The address policy is checked immediately before each connect, with the address of the system
// call. A plan may be stale by then.
//
// A connection is reset after its probe: TIME_WAIT would exhaust the local ports.
package netprobe
