package evidence

import (
	"slices"
	"time"

	"github.com/external-endpoints/operator/probes"
)

// sampleSize is how many hosts a sample probes.
const sampleSize = 3

// maxSampleDelay limits how long the results of a sample are awaited: an available host answers
// sooner.
const maxSampleDelay = 2 * time.Second

// isolation is whether the prober is isolated, and since when.
type isolation struct {
	on    bool
	since time.Time
	// sampled is when all probes of the first sample have ended; zero: no sample since the latest
	// success. Without this delay, the outage of a site would be taken for one of the network
	// before the single host elsewhere, which is not due for another second, is probed.
	sampled time.Time
	// ended is when the result came that ended the latest isolation.
	ended time.Time
	// cursor is the index in Fleet.up where the next sample starts.
	cursor int
}

// ObserveResult takes in a conclusive result of the target, after Judge of each of its members. It
// returns the groups whose removals may have changed.
func (f *Fleet) ObserveResult(t *Target, began, ended time.Time, success bool) []*Group {
	if len(t.Members) == 0 {
		return nil // no group has the target any more
	}
	if !success {
		counted := f.hostsCounted
		f.fail(t, f.moment(ended))
		changed := f.checkIsolation(ended)
		if f.hostsCounted < counted {
			changed = append(changed, f.corroborateElsewhere(nil, ended)...) // a group may be alone now
		}
		return changed
	}
	recovered := f.succeed(t, f.moment(began), f.moment(ended))
	if len(recovered) > 0 {
		f.isolation.sampled = time.Time{}
	}
	if f.isolation.on && (!began.Before(f.isolation.since) || !f.outlook().Isolated()) {
		return f.endIsolation(recovered, t.host, began, ended)
	}
	return f.corroborateElsewhere(t.host, began)
}

// checkIsolation checks after a failure whether the prober is isolated. When half of the fleet is
// Unreachable, it expedites a sample of the targets that have not failed, and awaits the results.
func (f *Fleet) checkIsolation(now time.Time) []*Group {
	outlook := f.outlook()
	if f.isolation.on || !outlook.Suspicious() {
		return nil
	}
	if len(f.up) > 0 {
		sampled := f.probeSample(nil, f.time(f.first.failed), now)
		if f.isolation.sampled.IsZero() {
			f.isolation.sampled = earlier(sampled, now.Add(maxSampleDelay))
		}
		if now.Before(f.isolation.sampled) {
			return nil
		}
	}
	if !outlook.Isolated() {
		return nil
	}
	f.isolation.on, f.isolation.since = true, now
	return f.failing()
}

// endIsolation ends the isolation by a success of the host, whose probe started at started. The runs
// of the recovered targets are dropped: the prober's network caused them. Otherwise the first
// success would be evidence against every host that has not been probed again. Their reachability
// is as before the isolation, in case the network fails again at once.
func (f *Fleet) endIsolation(recovered []*Target, host *Host, started, now time.Time) []*Group {
	changed := f.failing()
	f.isolation = isolation{ended: now, cursor: f.isolation.cursor}
	for _, t := range recovered {
		for _, m := range t.Members {
			m.SetVerdict(m.verdict.Forgotten())
			delete(m.port.awaiting, m)
		}
		t.latest, t.presumed = probes.Inconclusive, true
		f.review(t)
	}
	for g := range f.awaiting {
		if host.isIn(g) {
			f.awaitSince(g, time.Time{}) // its own host is no evidence from another group
		} else {
			f.awaitSince(g, started)
		}
	}
	return changed
}

// StartedDuringIsolation reports whether a failed probe started before the latest isolation ended.
// Such a failure says no more than the runs that endIsolation drops: with an unhealthyThreshold
// of 1 it would remove a healthy host.
func (f *Fleet) StartedDuringIsolation(began time.Time, outcome probes.Outcome) bool {
	return outcome.Result == probes.Failure && began.Before(f.isolation.ended)
}

// failing returns the groups with a member whose latest probe failed.
func (f *Fleet) failing() []*Group {
	var failing []*Group
	for g := range f.groups {
		if g.failing > 0 {
			failing = append(failing, g)
		}
	}
	return failing
}

// probeSample expedites a few Up targets of different hosts, none of them in the group (nil: any). A
// target whose probe has been in flight since that time is skipped: if it hangs, the next sample
// has another one. The result is when all probes of the sample have ended.
func (f *Fleet) probeSample(g *Group, since, now time.Time) (ended time.Time) {
	// The limit bounds the cost of a sample when nearly all targets hang; the next one continues
	// at the cursor.
	const limit = 32
	var hosts []*Host
	for range min(limit, len(f.up)) {
		if len(hosts) == sampleSize {
			break
		}
		f.isolation.cursor = (f.isolation.cursor + 1) % len(f.up)
		t := f.up[f.isolation.cursor]
		recent := t.InFlight && !t.Started.Before(since)
		if recent || slices.Contains(hosts, t.host) || g != nil && t.host.isIn(g) {
			continue
		}
		hosts = append(hosts, t.host)
		f.expedite(t)
		due := later(now, t.Started.Add(t.FastInterval()))
		if t.InFlight {
			due = later(due, t.Started.Add(t.Owner.Timeout()))
		}
		ended = later(ended, due.Add(t.Owner.Timeout()))
	}
	return ended
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
