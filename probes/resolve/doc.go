// Package resolve keeps the addresses of DNS names up to date.
//
//	Apply(key, questions) ──▶ queue ──▶ Lookuper ──▶ DNS servers
//	                            ▲          │ replies
//	Changed(key) ◀──────────────┴── State ◀┘
//	Answers(key), Drop(key, ...)
//
// The state of a name is a [State]: a function of the previous state, the replies to one round of
// lookups, and the time. It decides what stays when a server fails, which records are absent or
// gone, what is left out, and when the next lookup is due. [Client] speaks DNS, and [Resolver]
// joins the two.
//
// # Implementation considerations
//
// DNS fails more often than the hosts that it names, so a failed lookup removes nothing. Nor does
// a successful one by itself: a record that is missing in it is marked absent, and stays until the
// caller drops it. Only the caller knows whether the probes of the address succeed
// ([TrackedRecord.ExpiresAt], [Resolver.Drop]).
//
// A resolver that returns 8 of 100 addresses in rotation says nothing about the other 92. An
// address is gone only once several refreshes have given the same answer without it.
//
// The caller's address policy is applied to every record each time that it is received or read.
// This package connects to no address but those of the DNS servers.
package resolve
