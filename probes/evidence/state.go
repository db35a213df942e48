package evidence

import (
	"cmp"
	"slices"
	"time"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/health"
)

// MemberState is what the rule remembers of a member from one result to the next. Settings, targets
// and the time are inputs. With [FleetState] it makes the rule a function of state and result, as a
// search over all states needs it; the engine keeps one fleet and does not call Restore.
type MemberState struct {
	Verdict health.Verdict
	// Answered: a quorum had succeeded before the next probe of the member starts.
	Answered bool
	// Elsewhere: that quorum was a host of another group.
	Elsewhere bool
}

// State returns what the rule remembers of the member.
func (m *Member) State() MemberState { return MemberState{m.verdict, m.answered, m.elsewhere} }

// Restore replaces what the rule remembers of the member. [Fleet.ApplyQuorums] must follow.
func (m *Member) Restore(s MemberState) {
	m.SetVerdict(s.Verdict)
	m.answered, m.elsewhere = s.Answered, s.Elsewhere
}

// FleetState is what the rule remembers of the fleet.
type FleetState struct {
	Isolated bool
	// Since is when the isolation started, if Isolated; Ended is when the latest one ended.
	Since, Ended time.Time
	// Unreachable are the targets that failed in the isolation.
	Unreachable []*Target
}

// Restore replaces what the rule remembers of the fleet. The runs of failures of the unreachable
// targets must have been restored.
func (f *Fleet) Restore(s FleetState) {
	f.isolation = isolation{on: s.Isolated, since: s.Since, ended: s.Ended}
	for _, t := range s.Unreachable {
		t.latest, t.failed = probes.Failure, f.moment(t.Members[0].verdict.Run.Seen)
	}
	slices.SortStableFunc(s.Unreachable, func(a, b *Target) int { return cmp.Compare(a.failed, b.failed) })
	for _, t := range s.Unreachable {
		f.set(t, Unreachable)
	}
}
