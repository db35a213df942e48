// Package addresspolicy decides which addresses may be probed and published at all.
//
// There is one policy, and it is applied everywhere: when an object is read, when a name is
// resolved, when a connection is opened and when a slice is written. An address that is allowed
// once and denied later would be a hole, so no other package decides about addresses.
//
// # Implementation considerations
//
// The danger is the confused deputy: a user who may write an ExternalService makes the operator
// connect, and kube-proxy forward, to an address of their choice. Loopback, link-local and metadata
// addresses reach what must not be reachable from outside a node, so no flag allows them.
//
// IPv6 has several forms that carry an IPv4 address, and a translator on the path may unwrap any of
// them. Package netip recognizes only the IPv4-mapped form, and only in [netip.Addr.Unmap]:
// Prefix.Contains is false for ::ffff:169.254.169.254.
//
// Private ranges are allowed: outside hosts are there. The cluster's own ranges, usually private
// too, are denied by default: with a Service of the cluster as its "outside" host, an
// ExternalService would reach through the operator what a network policy denies its author.
//
// A policy is immutable; which one is in force changes as nodes come and go. See [Live].
package addresspolicy
