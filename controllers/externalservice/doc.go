// Package externalservice reconciles ExternalServices: it has their hosts probed
// and publishes the healthy ones.
//
//	observe ──▶ accept ──▶ layout ──▶ plan ──▶ engine ──▶ decide ──▶ compose ──▶ write ─┐
//	(reads)     (pure)     (pure)    (pure)              (pure)     (pure)     (slices) │
//	                                                 ┌── tidings, the latest of each ───┘
//	                                                 └──▶ Endpoints ──▶ status ──▶ events
//
// Everything that is read is read in observe.go, everything that is decided is a
// pure function of those facts and of the memory of the decision before, and
// everything that is written is written in write.go and report.go.
//
// # Implementation considerations
//
// Reconcile never probes and never waits. The engine probes beside it and wakes
// it when a verdict changed; see waker.go.
//
// What moves traffic waits for nothing that only tells. Those are the two rows above:
// each has a queue and workers of its own; see teller.go.
//
// The published slices are the memory across restarts; see memory.go. Within one
// process the last decision is, so that somebody else's edit of a slice is
// reverted and never mistaken for a decision of ours.
//
// Additions are free, and every removal passes one gate; see gate.go.
package externalservice
