// Package probes is the vocabulary of health probing. A [Check] describes a probe as plain
// data, a [Prober] probes one address once, and an [Outcome] is the result.
//
// No package below this folder imports Kubernetes:
//
//	addresspolicy  pure: the addresses that may be dialled and published
//	netprobe       TCP, UDP and TLS probes, the dialer, network errors
//	httpprobe      HTTP/1 probes
//	grpcprobe      gRPC health probes
//	compile        a Check to its Prober; imports every protocol
//	health         pure: outcomes to a verdict
//	schedule       pure: deadline queue, start offsets, rate limit
//	engine         owner of the probing state: targets, verdicts, dispatch
//	epoll          event loop for plain TCP and HTTP probes on Linux
//	resolve        DNS client and state of names
//
// # Implementation considerations
//
// A failing host is a result, a broken prober is an error. A prober without file descriptors
// must not report failures: they would be false positives for every target at once.
//
// An Outcome holds no bytes that a host sent. Reasons are a closed list, so no secret and no
// text of an attacker reaches a log, a status or a metric label.
package probes
