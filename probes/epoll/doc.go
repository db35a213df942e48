// Package epoll carries out plain TCP and HTTP probes with one goroutine for all of
// them, where a goroutine for each would cost three times the CPU and memory. What
// it does not speak (TLS, gRPC, UDP), and all of it on systems other than Linux, goes
// on to another [engine.Runner].
//
//	Start ──▶ inbox ──▶ connect ──▶ say ──▶ hear ──▶ Done
//	                       └──────────┴────────┴──▶ overdue, stopped
//
// A pass reads every socket that is ready, then ends what is overdue, then starts a
// bounded number of probes, and looks once for those that have been answered by then.
// The order is what keeps a starved prober honest: it never judges silence before it
// has listened, and never has more answers waiting than it started since it listened
// last.
//
// # Implementation considerations
//
// The goroutine lives while a probe is running, and owns all state but the inbox.
//
// It sleeps in Go's own network poller: the epoll descriptor is itself pollable, and
// is nested in the runtime's. To block in epoll_wait instead would hold a thread and
// cost 22 context switches a probe at 100 probes a second. Start wakes it by moving
// the descriptor's read deadline into the past, which takes no system call.
//
// A pattern is matched elsewhere: a probe whose host has done its part waits for the match in
// a goroutine of its own ([probes.Match]), and its deadline stays in force.
//
// What the probes say and how answers are judged is [netprobe.Exchange]; the conformance
// table of probestest is run through this package as well.
package epoll
