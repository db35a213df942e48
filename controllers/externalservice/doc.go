// Package externalservice reconciles ExternalServices: it has their hosts probed and publishes
// the healthy ones. It does all the I/O of that; each decision is made by a pure package.
//
//	gather ──▶ desired.Accept ──▶ hosts.Endpoints ──▶ hosts.Plan ──▶ engine
//	(cache)                                                             │ verdicts
//	   ┌────────────────────────────────────────────────────────────────┘
//	   └──▶ failover.Decide ──▶ desired.Compose ──▶ apply (EndpointSlices)
//	                                                  │ statusUpdate, the latest of each object
//	                                                  └──▶ Endpoints ──▶ status ──▶ events
//
// # Implementation considerations
//
// Reconcile never probes and never waits. The engine probes beside it and enqueues an object
// when a verdict changed; see sources.go.
//
// Slice writes go before status writes, of whatever object. The two rows above are two
// controllers, each with a queue and workers of its own; see statusreconciler.go and
// writegate.go.
//
// The published slices are the state across restarts; see package recovery. Within one process
// it is the last decision, so that another writer's edit of a slice is reverted and never
// mistaken for a decision of this process; see memory.go.
//
// Additions need no evidence, and every removal passes one gate; see package failover.
package externalservice
