package engine

import (
	"errors"
	"time"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/health"
)

// ErrLate is [probes.ErrLate]. A runner that knows it had no time for a probe may make it
// the outcome.
var ErrLate = probes.ErrLate

// record takes in the outcome of one probe.
func (e *Engine) record(f *flight, began time.Time, outcome probes.Outcome) {
	ended := time.Now()
	if outcome.Result == probes.Failure && late(f.target.check.Timeout, f.due, began, ended) {
		outcome = probes.Broken(ErrLate)
	}
	late := outcome.Result == probes.Inconclusive && errors.Is(outcome.Err, ErrLate)
	changed := e.settle(f, began, ended, outcome, late)
	e.tell(changed)
	if outcome.Result == probes.Inconclusive {
		e.observer.Broken(outcome.Err)
	}
}

// late reports whether a failure must be put down to ourselves: the probe began
// late, or its deadline fired late, by more than the tolerance. Either means that we were
// starved of CPU and may not have read what had arrived.
func late(timeout time.Duration, due, began, ended time.Time) bool {
	tolerance := probes.Tolerance(timeout)
	return began.Sub(due) > tolerance || ended.Sub(began) > timeout+tolerance
}

// settle updates the verdicts that the outcome touches, plans the next probe,
// and returns the groups that changed.
func (e *Engine) settle(f *flight, began, ended time.Time, outcome probes.Outcome, late bool) changes {
	e.mu.Lock()
	defer e.mu.Unlock()
	t, due := f.target, f.due
	f.target = nil
	e.landed = append(e.landed, f)
	t.inflight, t.started = false, began
	e.lockedFree(f.tenant, ended)
	e.metrics.lateness.Observe(max(began.Sub(due), 0).Seconds())

	dark := e.lockedFromTheDark(began, outcome)
	telling := outcome.Result != probes.Inconclusive && !dark
	t.hurry = t.hurry || dark

	var all changes
	for _, m := range t.members {
		m.group.counters.count(t.check.Kind(), outcome, ended.Sub(began))
		if !telling || outcome.Result == probes.Failure && e.paces.tooSoon(m, e.horizon.at(began)) {
			continue
		}
		sample := health.Sample{Started: began, Ended: ended, Failure: outcome.Reason}
		if changed, loss := e.lockedJudge(m, sample); changed {
			all.add(change{m.group.key, loss})
		}
	}
	if telling {
		for _, key := range e.lockedSee(t, began, ended, outcome.Result == probes.Success) {
			all.add(change{key, true})
		}
	}
	if len(t.members) > 0 {
		e.lockedPlan(t, e.lockedNext(t, ended, late))
	}
	return all
}

// lockedNext is when the target is probed again.
func (e *Engine) lockedNext(t *target, now time.Time, late bool) time.Time {
	next := e.lockedPaced(t, later(now, t.next(e.origin, time.Time{}, len(e.targets))), now)
	again := late && e.lockedMayRepeat(t, now)
	hurry := t.hurry || again && t.repeated
	repeat := again && !t.repeated
	t.hurry, t.repeated = false, late
	switch {
	case repeat:
		return now
	case hurry:
		return earlier(next, later(now, t.started.Add(t.fastInterval())))
	default:
		return next
	}
}

// lockedJudge gives the sample to one member, and reports whether its group changed and
// whether a host may go out by it. A new one that fails was never in.
func (e *Engine) lockedJudge(m *member, s health.Sample) (changed, loss bool) {
	before, witness := m.verdict, m.well()
	after := before.Next(s, m.thresholds)
	m.setVerdict(after)
	changed = after.State != before.State
	if changed {
		m.group.counters.transition(after.State)
	}
	if after.Failing() {
		e.paces.counts(m, e.horizon.at(s.Started))
		if !before.Failing() {
			m.port.await() // for what it was evidence of
			if witness {
				e.lockedAbandon(m.port, s.Ended)
			}
		}
		e.lockedSeekEvidence(m, s)
		corroborated := m.verdict.Run.Corroborated && !before.Run.Corroborated
		changed = changed || after.Proven(m.thresholds) && (corroborated || !before.Proven(m.thresholds))
		return changed, before.State != health.Unknown
	}
	e.paces.forget(m)
	delete(m.port.waiting, m)
	confirmed := e.lockedConfirm(m, before, s.Ended) // whatever else changed: it asks others
	held := m.heldSince(before)
	return changed || confirmed || held, confirmed || held && m.group.outage // the dead hosts of an outage may go
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
