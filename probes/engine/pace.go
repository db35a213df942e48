package engine

import "time"

// paces remembers of the members that fail, and share their target with others, when the probe
// started whose failure they counted last. The target is probed as often as the quickest member
// wants. If every failure counted for every member, one object could shorten the time that the
// unhealthyThreshold of another takes, from seconds to a few fast intervals of its own.
//
// It is a map beside the members because nearly none of them is in it.
type paces map[*member]moment

// counts notes that the member counted the failure of a probe.
func (p paces) counts(m *member, started moment) {
	if m.target.shared() {
		p[m] = started
	}
}

// forget drops a member that does not fail any more, or leaves its target.
func (p paces) forget(m *member) {
	if len(p) > 0 {
		delete(p, m)
	}
}

// share takes in that the target, whose members had it alone, gets another one.
func (p paces) share(t *target, started moment) {
	for _, m := range t.members {
		if m.verdict.Failing() {
			p[m] = started
		}
	}
}

// tooSoon reports whether the member must not count a failure of a probe that started then: its own
// fast interval has not passed since the failure before. The first failure of a run always counts,
// and so does one past the threshold: it shortens nothing, and evidence may depend on it.
func (p paces) tooSoon(m *member, started moment) bool {
	counted, found := p[m]
	return found && started < counted+moment(m.fastInterval) && m.verdict.Failing() && !m.verdict.Proven(m.thresholds)
}

// next is when the first member wants the target probed that could not count the latest probe,
// started then; false: every member could. Without it a threshold would take longer than alone
// when the fast intervals do not divide each other.
func (p paces) next(t *target, latest moment) (moment, bool) {
	first, found := moment(0), false
	if len(p) == 0 || !t.shared() {
		return first, found
	}
	for _, m := range t.members {
		counted, counts := p[m]
		due := counted + moment(m.fastInterval)
		if counts && m.unsettled() && due > latest && (!found || due < first) {
			first, found = due, true
		}
	}
	return first, found
}

// shared reports whether the target has more than one member.
func (t *target) shared() bool { return len(t.members) > 1 }

// lockedPaced is when the target is probed next, at next or before, so that every member keeps
// its pace.
func (e *Engine) lockedPaced(t *target, next, now time.Time) time.Time {
	if t.started.IsZero() {
		return next
	}
	if due, found := e.paces.next(t, e.horizon.at(t.started)); found {
		return earlier(next, later(now, e.horizon.time(due)))
	}
	return next
}
