package evidence

import (
	"time"

	"github.com/external-endpoints/operator/probes/health"
)

// Change is what one result changes for the group of a member.
type Change struct {
	// Relevant: the verdict, or the evidence for it, has changed in a way that matters to what is
	// published.
	Relevant bool
	// Removal: a host may be removed.
	Removal bool
	// Transition: the state of the verdict has changed.
	Transition bool
}

// Judge applies the result of a probe to one member. A new member that fails was never published:
// no removal follows.
func (f *Fleet) Judge(m *Member, s health.Sample) Change {
	before, witness := m.verdict, m.isWitness()
	after := before.Next(s, m.Thresholds)
	m.SetVerdict(after)
	transition := after.State != before.State
	if after.Failing() {
		if !before.Failing() {
			m.port.await() // members that this one confirmed lose their evidence
			if witness {
				f.escalate(m.port, s.Ended)
			}
		}
		f.seekEvidence(m, s)
		corroborated := m.verdict.Run.Corroborated && !before.Run.Corroborated
		proven := after.Proven(m.Thresholds) && (corroborated || !before.Proven(m.Thresholds))
		return Change{Relevant: transition || proven, Removal: before.State != health.Unknown, Transition: transition}
	}
	delete(m.port.awaiting, m)
	confirmed := f.confirm(m, before) // always: it expedites others
	held := m.passedHoldDown(before)
	return Change{
		Relevant:   transition || confirmed || held,
		Removal:    confirmed || held && m.group.Outage, // the end of an outage may remove failed hosts
		Transition: transition,
	}
}

// seekEvidence looks for a quorum that confirms the failure of the member, and expedites probes of
// the witnesses that are missing.
func (f *Fleet) seekEvidence(m *Member, s health.Sample) {
	enough, spare := m.port.quorum(m.verdict)
	f.corroborate(m, enough, s.Started)
	if spare {
		delete(m.port.awaiting, m)
	} else {
		m.await()
	}
	if enough {
		return
	}
	for _, t := range m.port.tiers {
		if t.hasQuorum() {
			f.probeWitnesses(t, m)
		}
	}
	if m.verdict.Proven(m.Thresholds) && !m.port.hasQuorum() {
		f.seekElsewhere(m, s.Ended)
	}
}

// probeWitnesses expedites as many witnesses of the tier as the quorum lacks.
func (f *Fleet) probeWitnesses(t *Tier, m *Member) {
	missing := t.need - t.confirmed(m.verdict, t.need)
	// Idle targets first. The result of a probe in flight is too old to be evidence, so that
	// target must be probed again.
	for _, inFlight := range []bool{false, true} {
		for _, other := range t.witnesses {
			if missing == 0 {
				return
			}
			if m.canUse(other) && other.target.InFlight == inFlight {
				f.expedite(other.target)
				missing--
			}
		}
	}
}

// corroborate marks the run of a member that has just failed, if a quorum had succeeded before the
// failed probe started.
func (f *Fleet) corroborate(m *Member, enough bool, started time.Time) {
	answered := enough && m.port.needsEvidence() || !m.port.hasQuorum() && f.outsideSince(m.group, f.moment(m.verdict.Run.Seen))
	before := m.answered && m.verdict.Run.Length > 1
	if before || answered && (m.port.quorumBefore(m.verdict, started) || f.elsewhereBefore(m, started)) {
		m.SetVerdict(m.verdict.Corroborate())
	}
	m.answered = answered
	if answered && m.verdict.Proven(m.Thresholds) && !m.verdict.Run.Corroborated {
		m.target.Expedited = true // the evidence came during this probe: the next failure counts
	}
	m.elsewhere = answered && !enough || m.elsewhere && m.verdict.Run.Length > 1
}

// withdraw takes back the corroboration of a run by hosts of other groups, and expedites the member.
// Those hosts proved only that the network works when no quorum of the port was left. Now a host
// of the port is back, so the member may be back too and not have been probed since.
func (f *Fleet) withdraw(m *Member) {
	m.SetVerdict(m.verdict.Uncorroborate())
	m.answered, m.elsewhere = false, false
	f.expedite(m.target)
}

// elsewhereBefore reports whether the latest success of another group's host is evidence against the
// run of the failing member, and its probe started before this time.
func (f *Fleet) elsewhereBefore(m *Member, started time.Time) bool {
	latest := f.time(f.outside(m.group))
	return !m.port.hasQuorum() && !latest.Before(m.verdict.Run.Seen) && !latest.After(started)
}

// confirm reports whether the success of this member is new evidence against an awaiting member. One
// that has not failed since is expedited, because it may have recovered, too: its next failure
// is the change to report.
func (f *Fleet) confirm(m *Member, before health.Verdict) bool {
	if !m.isWitness() || m.tier.need == noQuorum {
		return false
	}
	confirmed := false
	for w := range m.port.awaiting {
		if health.Confirms(m.verdict, w.verdict) && !health.Confirms(before, w.verdict) {
			switch {
			case w.elsewhere:
				f.withdraw(w)
			case w.verdict.Run.Corroborated:
				confirmed = true
				if _, spare := m.port.quorum(w.verdict); spare {
					delete(m.port.awaiting, w) // more successes change nothing
				}
			default:
				f.reprobe(w)
			}
		}
	}
	return confirmed
}

// reprobe expedites a member that awaited evidence, and records that the quorum has succeeded by now.
// When the probe ends, the witness may have been probed again, and its latest success is too late
// to show that it had answered before.
func (f *Fleet) reprobe(m *Member) {
	if enough, _ := m.port.quorum(m.verdict); enough && !m.target.InFlight {
		m.answered = true
	}
	f.expedite(m.target)
}
