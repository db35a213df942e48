package engine

import (
	"errors"
	"time"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/evidence"
	"github.com/external-endpoints/operator/probes/health"
)

// ErrLate is [probes.ErrLate]. A runner that knows it had no time for a probe may make it
// the outcome.
var ErrLate = probes.ErrLate

// record applies the outcome of one probe.
func (e *Engine) record(f *inflightProbe, began time.Time, outcome probes.Outcome) {
	ended := time.Now()
	if outcome.Result == probes.Failure && late(f.target.Timeout(), f.due, began, ended) {
		outcome = probes.Broken(ErrLate)
	}
	late := outcome.Result == probes.Inconclusive && errors.Is(outcome.Err, ErrLate)
	changed := e.settle(f, began, ended, outcome, late)
	e.notify(changed)
	if outcome.Result == probes.Inconclusive {
		e.observer.Broken(outcome.Err)
	}
}

// late reports whether a failure may be the prober's own: the probe started, or its deadline fired,
// later than the tolerance. Then the process lacked CPU and may not have read a response in time.
func late(timeout time.Duration, due, began, ended time.Time) bool {
	tolerance := probes.Tolerance(timeout)
	return began.Sub(due) > tolerance || ended.Sub(began) > timeout+tolerance
}

// settle updates the verdicts of the target's members, schedules the next probe and returns the
// groups that changed.
func (e *Engine) settle(f *inflightProbe, began, ended time.Time, outcome probes.Outcome, late bool) changes {
	e.mu.Lock()
	defer e.mu.Unlock()
	t, due := f.target, f.due
	f.target = nil
	e.freeList = append(e.freeList, f)
	t.InFlight, t.Started = false, began
	e.lockedFree(f.tenant, ended)
	e.metrics.lateness.Observe(max(began.Sub(due), 0).Seconds())

	isolated := e.fleet.StartedDuringIsolation(began, outcome)
	conclusive := outcome.Result != probes.Inconclusive && !isolated
	t.Expedited = t.Expedited || isolated

	var all changes
	for _, m := range t.Members {
		groupOf(m).counters.count(t.check().Kind(), outcome, ended.Sub(began))
		if !conclusive || outcome.Result == probes.Failure && e.paces.tooSoon(m, began) {
			continue
		}
		sample := health.Sample{Started: began, Ended: ended, Failure: outcome.Reason}
		if changed, loss := e.lockedJudge(m, sample); changed {
			all.add(change{groupOf(m).key, loss})
		}
	}
	if conclusive {
		for _, key := range keysOf(e.fleet.ObserveResult(&t.Target, began, ended, outcome.Result == probes.Success)) {
			all.add(change{key, true})
		}
	}
	e.lockedExpedite(ended)
	if len(t.Members) > 0 {
		e.lockedPlan(t, e.lockedNext(t, ended, late))
	}
	return all
}

// lockedNext is the due time of the next probe.
func (e *Engine) lockedNext(t *target, now time.Time, late bool) time.Time {
	next := e.lockedPaced(t, later(now, t.next(e.origin, time.Time{}, len(e.targets))), now)
	again := late && e.lockedMayRepeat(t, now)
	expedited := t.Expedited || again && t.repeated
	repeat := again && !t.repeated
	t.Expedited, t.repeated = false, late
	switch {
	case repeat:
		return now
	case expedited:
		return earlier(next, later(now, t.Started.Add(t.FastInterval())))
	default:
		return next
	}
}

// lockedJudge applies the sample to one member. It reports whether its group changed, and whether a
// host may be removed.
func (e *Engine) lockedJudge(m *evidence.Member, s health.Sample) (changed, loss bool) {
	change := e.fleet.Judge(m, s)
	if change.Transition {
		groupOf(m).counters.transition(m.Verdict().State)
	}
	if m.Verdict().Failing() {
		e.paces.counts(m, s.Started)
	} else {
		e.paces.forget(m)
	}
	return change.Relevant, change.Removal
}

// lockedExpedite carries out what the removal rule has queued: it schedules each target as early as
// its fast interval allows.
func (e *Engine) lockedExpedite(now time.Time) {
	for _, queued := range e.fleet.TakeExpedited() {
		t := queued.Owner.(*target)
		switch soon := later(now, t.Started.Add(t.FastInterval())); {
		case t.InFlight:
			t.Expedited = true
		case soon.Before(t.item.Due()):
			e.lockedPlan(t, soon)
		default:
			e.queue.promote(t) // it is due already: probes that may remove a host go first
		}
	}
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
