package engine

import (
	"time"

	"github.com/external-endpoints/operator/probes/health"
)

// lockedSeekEvidence looks for witnesses that a failing member is alone with its
// failure, and has others probed at once where they are missing.
func (e *Engine) lockedSeekEvidence(m *member, s health.Sample) {
	now := s.Ended
	enough, spare := m.port.evidence(m.verdict)
	e.lockedCorroborate(m, enough, s.Started)
	if spare {
		delete(m.port.waiting, m)
	} else {
		m.await()
	}
	if enough {
		return
	}
	for _, t := range m.port.tiers {
		if t.able() {
			e.lockedAsk(t, m, now)
		}
	}
	if m.verdict.Proven(m.thresholds) && !m.port.able() {
		e.lockedSeekForeign(m, now)
	}
}

// lockedAsk has as many witnesses of the tier probed at once as are missing.
func (e *Engine) lockedAsk(t *tier, m *member, now time.Time) {
	missing := t.need - t.confirmed(m.verdict, t.need)
	// Those at rest first. The answer of one that is being probed already will be
	// too old: it has to be asked again.
	for _, inflight := range []bool{false, true} {
		for _, other := range t.well {
			if missing == 0 {
				return
			}
			if m.mayAsk(other) && other.target.inflight == inflight {
				e.lockedHurry(other.target, now)
				missing--
			}
		}
	}
}

// lockedCorroborate notes on a member that has just failed whether others had
// answered before the failed probe started.
func (e *Engine) lockedCorroborate(m *member, enough bool, started time.Time) {
	answered := enough || !m.port.able() && e.horizon.foreignSince(m.group, e.horizon.at(m.verdict.Run.Seen))
	before := m.answered && m.verdict.Run.Length > 1
	if before || answered && (m.port.answeredBefore(m.verdict, started) || e.lockedAnsweredElsewhere(m, started)) {
		m.setVerdict(m.verdict.Corroborate())
	}
	m.answered = answered
	if answered && m.verdict.Proven(m.thresholds) && !m.verdict.Run.Corroborated {
		m.target.hurry = true // the answer came while it was asked: its next failure counts
	}
	m.elsewhere = answered && !enough || m.elsewhere && m.verdict.Run.Length > 1
}

// lockedDoubt takes back that a member has failed after others had answered, where those
// were hosts that others watch, and has it asked again. They spoke for the network when
// nobody of its own port could; now that somebody there is back, so may the member be,
// and not have been asked since.
func (e *Engine) lockedDoubt(m *member, now time.Time) {
	m.setVerdict(m.verdict.Doubt())
	m.answered, m.elsewhere = false, false
	e.lockedHurry(m.target, now)
}

// lockedAnsweredElsewhere reports whether the latest answer of hosts that others
// watch is one to the failing member's run, and from before started.
func (e *Engine) lockedAnsweredElsewhere(m *member, started time.Time) bool {
	latest := e.horizon.time(e.horizon.foreign(m.group))
	return !m.port.able() && !latest.Before(m.verdict.Run.Seen) && !latest.After(started)
}

// lockedConfirm reports whether the latest success is evidence for a member that
// waits for some, and the verdict before was not. One that has not failed since is
// asked again at once, for it may be well, too; its next failure is what is told.
func (e *Engine) lockedConfirm(m *member, before health.Verdict, now time.Time) bool {
	if !m.well() || m.tier.need == noEvidence {
		return false
	}
	confirmed := false
	for w := range m.port.waiting {
		if health.Confirms(m.verdict, w.verdict) && !health.Confirms(before, w.verdict) {
			switch {
			case w.elsewhere:
				e.lockedDoubt(w, now)
			case w.verdict.Run.Corroborated:
				confirmed = true
				if _, spare := m.port.evidence(w.verdict); spare {
					delete(m.port.waiting, w) // what others say changes nothing
				}
			default:
				e.lockedAskOnceMore(w, now)
			}
		}
	}
	return confirmed
}

// lockedAskOnceMore has a member that waited for evidence probed at once. What has answered
// by now is noted: by the end of that probe the same witness may have been asked again,
// and nobody could tell any more that it had answered before.
func (e *Engine) lockedAskOnceMore(m *member, now time.Time) {
	if enough, _ := m.port.evidence(m.verdict); enough && !m.target.inflight {
		m.answered = true
	}
	e.lockedHurry(m.target, now)
}

// heldSince reports whether the member has just passed the hold-down: its tier may take
// the traffic back, or an outage may end. Elsewhere nothing depends on it, and a
// reconcile for it would be one for each host of a starting process.
func (m *member) heldSince(before health.Verdict) bool {
	return (m.group.tiered || m.group.outage) && m.verdict.Held(m.thresholds) && !before.Held(m.thresholds)
}

// lockedHurry has the target probed as soon as its fast interval allows.
func (e *Engine) lockedHurry(t *target, now time.Time) {
	if t.inflight {
		t.hurry = true
		return
	}
	if soon := later(now, t.started.Add(t.fastInterval())); soon.Before(t.item.Due()) {
		e.lockedPlan(t, soon)
		return
	}
	e.queue.promote(t) // it is due already: what may lose a host goes first
}
