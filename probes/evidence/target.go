package evidence

import (
	"slices"
	"time"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/health"
)

// TargetOwner is the caller's target.
type TargetOwner interface {
	// Timeout is the timeout of a probe.
	Timeout() time.Duration
}

// Target is one (IP, port, check) that is probed for its members. The caller embeds it in its
// own target and keeps the exported fields up to date. A process has thousands: the fields of
// one byte are at the end.
type Target struct {
	Owner   TargetOwner
	Members []*Member

	// Started is when the latest probe started; zero: none yet.
	Started time.Time

	host *Host
	// before and after are the neighbours in the fleet's list of Unreachable targets; failed is
	// when the failure was seen that made this one Unreachable.
	before, after *Target
	failed        moment
	// upIndex is the index in Fleet.up.
	upIndex      int32
	reachability Reachability
	// latest is the result of the latest conclusive probe; Inconclusive: none, or forgotten.
	latest probes.Result
	// presumed: the target answered before an isolation, or may have, and no probe has ended
	// since.
	presumed bool

	// InFlight: a probe of the target is running.
	InFlight bool
	// Expedited: the next probe must start as soon as the fast interval allows.
	Expedited bool
}

// FastInterval is the shortest fast interval of the members.
func (t *Target) FastInterval() time.Duration {
	var fast time.Duration
	for _, m := range t.Members {
		if fast == 0 || m.FastInterval < fast {
			fast = m.FastInterval
		}
	}
	return fast
}

// Shared reports whether the target has more than one member.
func (t *Target) Shared() bool { return len(t.Members) > 1 }

func (t *Target) remove(m *Member) {
	i := slices.Index(t.Members, m)
	if i < 0 {
		return
	}
	last := len(t.Members) - 1
	t.Members[i], t.Members[last] = t.Members[last], nil
	t.Members = t.Members[:last]
}

// healthy reports whether the verdict of some member is Healthy.
func (t *Target) healthy() bool {
	return slices.ContainsFunc(t.Members, func(m *Member) bool { return m.verdict.State == health.Healthy })
}
