// Package engine owns all probing state. It takes plans, runs probes on time and
// tells which groups changed; it emits change, not samples.
//
//	Apply(Plan) ──▶ group ──▶ member ──▶ target ──▶ queue ──▶ Runner ──▶ host
//	                  ▲         │ verdict               │
//	Changed(Key) ◀────┴─────────┴───── record ◀─────────┘
//	Lost(Key)
//
// A group is what one owner watches (an ExternalService), a member is one
// (address, port name) of it, and a target is what is really probed: (IP, port,
// check). Members of any groups that want the same target share its probes; each
// keeps its own thresholds and verdict.
//
// Evidence that a failing host is alone with its failure comes from the members of
// its port, tier by tier (evidence.go); where none is left, from hosts of other groups
// (foreign.go). All targets together are the horizon: when nearly all of it goes dark,
// the prober is isolated (isolation.go).
//
// # Implementation considerations
//
// One mutex guards all state. It is held for map and heap operations only:
// probes run, observers are told and metrics are gathered outside it.
//
// There is no goroutine and no timer for a target at rest: one loop sleeps until
// the earliest target is due. What carries a probe out stands behind [Runner].
package engine
