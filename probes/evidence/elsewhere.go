package evidence

import (
	"time"

	"github.com/external-endpoints/operator/probes/health"
)

// seekElsewhere looks for evidence in other groups that a proven failure is the host's own: no tier
// of the port has a quorum of witnesses left.
func (f *Fleet) seekElsewhere(m *Member, now time.Time) {
	g, seen := m.group, m.verdict.Run.Seen
	if f.alone(g) || f.outsideSince(g, f.moment(seen)) {
		return
	}
	if earliest, ok := f.awaiting[g]; !ok || seen.Before(earliest) {
		f.awaiting[g] = seen
	}
	if !f.isolation.on {
		f.probeSample(g, seen, now)
	}
}

// escalate looks for evidence in other groups for all awaiting members, when the last quorum is
// lost. Later each of them does so itself, at its next failure.
func (f *Fleet) escalate(p *Port, now time.Time) {
	if len(p.awaiting) == 0 || p.hasQuorum() {
		return
	}
	for m := range p.awaiting {
		f.seekElsewhere(m, now)
	}
}

// corroborateElsewhere returns the groups that awaited evidence from others and have it by a success of
// the host, whose probe started at started, or that need none any more. A nil host: no success.
func (f *Fleet) corroborateElsewhere(h *Host, started time.Time) []*Group {
	var changed []*Group
	for g, earliest := range f.awaiting {
		if f.alone(g) {
			delete(f.awaiting, g)
			for range g.withoutQuorum() {
				changed = append(changed, g)
				break
			}
			continue
		}
		if h == nil || started.Before(earliest) || h.isIn(g) {
			continue
		}
		if f.corroborateGroup(g, started) {
			changed = append(changed, g)
		}
		f.awaitSince(g, started)
	}
	return changed
}

// corroborateGroup reports whether a success outside the group, by a probe that started at started,
// completes the evidence against any of its members. One that has not failed since is expedited:
// its next failure is the change to report.
func (f *Fleet) corroborateGroup(g *Group, started time.Time) bool {
	complete := false
	for m := range g.withoutQuorum() {
		if started.Before(m.verdict.Run.Seen) {
			continue
		}
		if m.verdict.Run.Corroborated {
			complete = true
		} else {
			f.expedite(m.target)
		}
	}
	return complete
}

// awaitSince keeps the group awaiting evidence for its earliest failure that was seen after started.
func (f *Fleet) awaitSince(g *Group, started time.Time) {
	earliest := time.Time{}
	for m := range g.withoutQuorum() {
		if seen := m.verdict.Run.Seen; seen.After(started) && (earliest.IsZero() || seen.Before(earliest)) {
			earliest = seen
		}
	}
	if earliest.IsZero() {
		delete(f.awaiting, g)
	} else {
		f.awaiting[g] = earliest
	}
}

// Network returns the state of the prober's own network for the group; nil: a group without hosts.
func (f *Fleet) Network(g *Group) health.Network {
	if g == nil {
		g = &Group{}
	}
	return health.Network{
		Isolated:    f.isolation.on,
		Alone:       f.alone(g),
		LastSuccess: f.time(f.outside(g)),
	}
}
