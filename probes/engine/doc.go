// Package engine owns all probing state. It takes plans, starts probes when they are due and
// notifies its observer of changed groups; it emits changes, not samples.
//
//	Apply(Plan) ──▶ group ──▶ member ──▶ target ──▶ queue ──▶ Runner ──▶ host
//	                  ▲         │ verdict               │
//	Changed(Key) ◀────┴─────────┴─ evidence ◀─ record ◀─┘
//	Lost(Key)
//
// A group is what one owner watches (an ExternalService), a member is one (address, port name) of
// it, and a target is what is probed: (IP, port, check). Members of any groups with the same
// target share its probes; each keeps its own thresholds and verdict.
//
// Package evidence has the removal rule: whether a failure is the host's own, whether the prober is
// isolated, and which targets to expedite. The engine calls it with the lock held, schedules what
// it expedites, and notifies the observer of the groups that it returns.
//
// # Implementation considerations
//
// One mutex guards all state. It is held for map and heap operations only: probes, observer calls
// and metric collection run without it.
//
// There is no goroutine and no timer for a target at rest: one event loop sleeps until the
// earliest target is due. A [Runner] carries out the probes.
package engine
