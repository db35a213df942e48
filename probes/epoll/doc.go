// Package epoll carries out plain TCP and HTTP probes with one goroutine for all of them: one
// goroutine each would cost three times the CPU and memory. Other checks (TLS, gRPC, UDP), and
// all checks on systems other than Linux, go on to another [engine.Runner].
//
//	Start ──▶ inbox ──▶ connect ──▶ write ──▶ read ──▶ Done
//	                       └──────────┴────────┴──▶ deadline exceeded, canceled
//
// A pass of the event loop reads every socket that is ready, then ends the probes whose deadline is
// over, then starts a bounded number of probes, and polls once for those that have been answered by
// then. The order keeps a starved prober honest: it evaluates no deadline before it has read, and
// never has more unread responses than it started probes since the last read.
//
// # Implementation considerations
//
// The goroutine lives while a probe is in flight, and owns all state but the inbox.
//
// It sleeps in Go's own network poller: the epoll descriptor is itself pollable, and is nested in
// the runtime's. A blocking epoll_wait would hold a thread and cost 22 context switches a probe at
// 100 probes a second. Start wakes the goroutine by moving the descriptor's read deadline into the
// past, which takes no system call.
//
// A pattern is matched elsewhere: a probe whose response is complete waits for the match in a
// goroutine of its own ([probes.Match]), and its deadline stays in force.
//
// What the probes send and how responses are judged is in [netprobe.Exchange]; the conformance table
// of probestest also runs through this package.
package epoll
