// Package externalservice reconciles ExternalServices: it has their hosts probed
// and publishes the healthy ones.
//
//	observe ──▶ accept ──▶ layout ──▶ plan ──▶ engine ──▶ decide ──▶ compose ──▶ write ──▶ status ──▶ events
//	(reads)     (pure)     (pure)    (pure)              (pure)     (pure)     (writes)   (pure)     (pure)
//
// Everything that is read is read in observe.go, everything that is decided is a
// pure function of those facts and of the memory of the decision before, and
// everything that is written is written in write.go and status.go.
//
// # Implementation considerations
//
// Reconcile never probes and never waits. The engine probes beside it and wakes
// it when a verdict changed; see waker.go.
//
// The published slices are the memory across restarts; see memory.go. Within one
// process the last decision is, so that somebody else's edit of a slice is
// reverted and never mistaken for a decision of ours.
//
// Additions are free, and every removal passes one gate; see gate.go.
package externalservice
