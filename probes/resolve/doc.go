// Package resolve keeps the addresses of DNS names up to date.
//
//	Apply(key, questions) ──▶ queue ──▶ Lookuper ──▶ DNS servers
//	                            ▲          │ replies
//	Changed(key) ◀──────────────┴── State ◀┘
//	Answers(key), Drop(key, ...)
//
// What is believed of a name is a [State]: a function of the state before, the
// replies to one round of lookups, and the time. It decides what stays when a
// server fails, who is absent, who is gone, what is left out, and when to ask
// again. [Client] speaks DNS, and [Resolver] joins the two.
//
// # Implementation considerations
//
// DNS fails more often than the hosts that it names, so a reply that is not good
// takes nothing away. Nor does a good one by itself: a record that it no longer
// lists is marked absent, and stays until the caller, who alone knows whether the
// address still answers its probes, lets go of it ([Kept.LetGoAt], [Resolver.Drop]).
//
// A resolver that hands out 8 of 100 addresses in turn says nothing about the
// other 92. Only an answer that stays the same for several refreshes shows that
// an address is gone.
//
// The caller's address policy judges every record each time that it is heard or
// read. Nothing here connects to any address but those of the DNS servers.
package resolve
