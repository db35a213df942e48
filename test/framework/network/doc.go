// Package network is the lab's network: one bridge, and network namespaces
// on it that are machines. Everything is dual stack and uses the
// addresses reserved for documentation, so that a mistake cannot reach a real
// machine.
//
//	          ┌────────────── bridge, 192.0.2.1, 2001:db8::1
//	control plane,      │                │              │
//	the sandbox's own  node           host-1         host-2 ...
//	                   .10            .101           .102
package network
