// Package engine owns all probing state. It takes plans, starts probes when they are due and
// notifies its observer of changed groups; it emits changes, not samples.
//
//	Apply(Plan) ──▶ group ──▶ member ──▶ target ──▶ queue ──▶ Runner ──▶ host
//	                  ▲         │ verdict               │
//	Changed(Key) ◀────┴─────────┴───── record ◀─────────┘
//	Lost(Key)
//
// A group is what one owner watches (an ExternalService), a member is one (address, port name) of
// it, and a target is what is probed: (IP, port, check). Members of any groups with the same
// target share its probes; each keeps its own thresholds and verdict.
//
// The evidence that a failure is the host's own comes from the members of its port, tier by tier
// (evidence.go). If none is left, it comes from hosts of other groups (isolation.go). All targets
// together are the fleet: if nearly all of it is unreachable, the prober is isolated.
//
// # Implementation considerations
//
// One mutex guards all state. It is held for map and heap operations only: probes, observer calls
// and metric collection run without it.
//
// There is no goroutine and no timer for a target at rest: one event loop sleeps until the
// earliest target is due. A [Runner] carries out the probes.
package engine
