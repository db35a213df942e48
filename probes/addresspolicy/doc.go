// Package addresspolicy says which addresses may be probed and published at all.
//
// There is one policy, and it is asked everywhere: when an object is read, when a
// name is resolved, when a connection is opened and when a slice is written. An
// address that is let through once and stopped later would be a hole, so nobody
// else in this repository decides about addresses.
//
// # Implementation considerations
//
// The danger is the confused deputy: whoever may write an ExternalService makes
// the operator connect, and kube-proxy forward, to an address of their choice.
// Loopback, link-local and metadata addresses reach what was never meant to be
// reached from outside a node, so no flag opens them.
//
// IPv6 has several forms that carry an IPv4 address within them, and a translator
// on the way may unwrap any of them. Package netip sees through none but the
// IPv4-mapped one, and through that only when asked ([netip.Addr.Unmap]):
// Prefix.Contains is false for ::ffff:169.254.169.254.
//
// Private ranges are allowed: outside hosts live there. The cluster's own ranges,
// which are private too as a rule, are denied unless somebody says otherwise: with
// a Service of the cluster as its "outside" host, an ExternalService would reach
// through the operator what a network policy keeps its author from.
//
// A policy does not change; which one is in force does, as nodes come and go. See
// [Live].
package addresspolicy
