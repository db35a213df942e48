// Package evidence decides whether a failure is the failing host's own. It is the rule that
// keeps a dead network from removing healthy hosts. It is pure: no clock, no network, no lock and
// no log. Every method takes the time of the event; the caller holds the lock.
//
//	Plan ────▶ Group ─▶ Port ─▶ Tier ─▶ Member ──verdict──▶ quorum of witnesses
//	                                      │                        │ none left
//	Result ──▶ Target ─▶ Host ─▶ Fleet ◀──┘                        ▼
//	                              │                         hosts of other groups
//	                              └─▶ isolation
//
// A [Member] is one address of one port of a [Group] (an ExternalService). A [Target] is what is
// probed: (IP, port, check); members of any group share it. A [Host] is one IP. The [Fleet] is
// all targets of the process.
//
// # The rule
//
// A member that fails may be removed when all of this holds:
//
//  1. Proven: a full threshold of failures in a row, seen by this process (health.Verdict.Proven).
//  2. Fresh evidence: a quorum of witnesses of one [Tier] of its port has succeeded, each by a
//     probe that started after the first failure of the run was seen (health.Confirms). Where
//     no tier has a quorum left, one success of a host of another group is enough.
//  3. Corroborated: the member has failed once more, by a probe that started after that
//     evidence. A failure from before it may come from the outage of the prober's network.
//  4. Not isolated: some target still answers. If nearly the whole fleet is Unreachable, the
//     prober is isolated, and no failure counts.
//
// [Removal] is the answer for one member: Allowed, Pending or Held.
//
// # Effects
//
// The rule starts no probes. It returns the groups whose removals may have changed, and queues
// the targets whose results are missing: the caller takes them with [Fleet.TakeExpedited] and
// schedules each as early as its fast interval allows.
//
// # Cost
//
// All counts are updated at each result. A success at rest costs O(1) and allocates nothing.
package evidence
