package engine

import (
	"slices"
	"time"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/health"
)

// lockedProbeOtherObjects looks for evidence in other groups that a proven failure is the host's
// own: its own group has no witness left.
func (e *Engine) lockedProbeOtherObjects(m *member, now time.Time) {
	g, seen := m.group, m.verdict.Run.Seen
	if e.fleet.alone(g) || e.fleet.foreignSince(g, e.fleet.at(seen)) {
		return
	}
	if waits, ok := e.listening[g]; !ok || seen.Before(waits) {
		e.listening[g] = seen
	}
	if !e.isolation.on {
		e.lockedProbeSample(g, seen, now)
	}
}

// lockedEscalate looks for evidence elsewhere for all that wait for some, when their
// last witness is lost. Later each of them does so itself, at its next failure.
func (e *Engine) lockedEscalate(p *port, now time.Time) {
	if len(p.waiting) == 0 || p.able() {
		return
	}
	for m := range p.waiting {
		e.lockedProbeOtherObjects(m, now)
	}
}

// lockedCorroborateByHost returns the groups that wait for evidence from elsewhere and have it by
// a success of the site whose probe started at started, or need none any more.
func (e *Engine) lockedCorroborateByHost(s *host, started, now time.Time) []Key {
	var keys []Key
	for g, waits := range e.listening {
		if e.fleet.alone(g) {
			delete(e.listening, g)
			for range g.escalated() {
				keys = append(keys, g.key)
				break
			}
			continue
		}
		if s == nil || started.Before(waits) || s.watchedBy(g) {
			continue
		}
		if e.lockedCorroborateGroup(g, started, now) {
			keys = append(keys, g.key)
		}
		e.lockedRecordAnswer(g, started)
	}
	slices.SortFunc(keys, Key.Compare)
	return keys
}

// lockedCorroborateGroup reports whether a success in another group, of a probe that started at
// started, is evidence against an escalated member. A member that has not failed since is probed
// at once; its next failure is what changes the verdict.
func (e *Engine) lockedCorroborateGroup(g *group, started, now time.Time) bool {
	vouched := false
	for m := range g.escalated() {
		if started.Before(m.verdict.Run.Seen) {
			continue
		}
		if m.verdict.Run.Corroborated {
			vouched = true
		} else {
			e.lockedExpedite(m.target, now)
		}
	}
	return vouched
}

// lockedRecordAnswer sets the group's earliest failure for which a success that started at heard
// is no evidence.
func (e *Engine) lockedRecordAnswer(g *group, heard time.Time) {
	earliest := time.Time{}
	for m := range g.escalated() {
		if seen := m.verdict.Run.Seen; seen.After(heard) && (earliest.IsZero() || seen.Before(earliest)) {
			earliest = seen
		}
	}
	if earliest.IsZero() {
		delete(e.listening, g)
	} else {
		e.listening[g] = earliest
	}
}

// Network returns what is known of the prober's own network, as the group sees it.
func (e *Engine) Network(key Key) health.Network {
	e.mu.Lock()
	defer e.mu.Unlock()
	g := e.groups[key]
	if g == nil {
		g = &group{} // watches nothing
	}
	return health.Network{
		Isolated:    e.isolation.on,
		Alone:       e.fleet.alone(g),
		LastSuccess: e.fleet.time(e.fleet.foreign(g)),
	}
}

// sampleSize is how many other hosts are probed at once when the network is in question.
const sampleSize = 3

// isolationTimeout is how long their answers are awaited: a healthy host answers sooner.
const isolationTimeout = 2 * time.Second

// isolation is whether the prober takes itself for isolated, and since when.
type isolation struct {
	on    bool
	since time.Time
	// answered is when the first probed sample has answered or timed out; zero: no sample was
	// probed since the latest success. Without this deadline, the host of another site that is
	// due in a second could not answer before a dead site is taken for a dead network.
	answered time.Time
	// over is when the answer came that ended the latest one.
	over time.Time
	// cursor is the index in fleet.up where the next sample begins.
	cursor int
}

// lockedObserveResult takes in what a conclusive probe of the target says of the network, after
// the verdicts have followed from it, and returns the groups that it matters to.
func (e *Engine) lockedObserveResult(t *target, began, ended time.Time, success bool) []Key {
	if len(t.members) == 0 {
		return nil // no group watches it any more
	}
	if !success {
		counted := e.fleet.hostsCounted
		e.fleet.fail(t, e.fleet.at(ended))
		keys := e.lockedCheckIsolation(ended)
		if e.fleet.hostsCounted < counted {
			keys = append(keys, e.lockedCorroborateByHost(nil, ended, ended)...) // some member may have no other witness
		}
		return keys
	}
	recovered := e.fleet.succeed(t, e.fleet.at(began), e.fleet.at(ended))
	if len(recovered) > 0 {
		e.isolation.answered = time.Time{}
	}
	if e.isolation.on && (!began.Before(e.isolation.since) || !e.fleet.outlook().Isolated()) {
		return e.lockedEndIsolation(recovered, t.host, began, ended)
	}
	return e.lockedCorroborateByHost(t.host, began, ended)
}

// lockedCheckIsolation decides, after a failure, whether the prober is isolated. If it may be, it
// first requests probes of some targets that have not failed.
func (e *Engine) lockedCheckIsolation(now time.Time) []Key {
	outlook := e.fleet.outlook()
	if e.isolation.on || !outlook.Questionable() {
		return nil
	}
	if len(e.fleet.up) > 0 {
		answered := e.lockedProbeSample(nil, e.fleet.time(e.fleet.first.failed), now)
		if e.isolation.answered.IsZero() {
			e.isolation.answered = earlier(answered, now.Add(isolationTimeout))
		}
		if now.Before(e.isolation.answered) {
			return nil
		}
	}
	if !outlook.Isolated() {
		return nil
	}
	e.isolation.on, e.isolation.since = true, now
	return e.lockedFailing()
}

// lockedEndIsolation ends the isolation. Failures during it are not evidence against a host: they
// have to be seen again before a host is removed. Otherwise the first success would remove every
// host that has not been probed since. The targets count as healthy before the failure, should
// the network fail again at once. answered is the host that succeeded, by a probe that started at
// heard.
func (e *Engine) lockedEndIsolation(recovered []*target, answered *host, heard, now time.Time) []Key {
	told := e.lockedFailing()
	e.isolation = isolation{over: now, cursor: e.isolation.cursor}
	for _, t := range recovered {
		for _, m := range t.members {
			m.setVerdict(m.verdict.Forgotten())
			delete(m.port.waiting, m)
		}
		t.latest, t.presumed = probes.Inconclusive, true
		e.fleet.review(t)
	}
	for g := range e.listening {
		if answered.watchedBy(g) {
			e.lockedRecordAnswer(g, time.Time{}) // its own host is not evidence from another group
		} else {
			e.lockedRecordAnswer(g, heard)
		}
	}
	return told
}

// lockedStartedDuringIsolation reports whether an outcome is a failure of a probe that started
// before the isolation ended. It is not evidence, like those that lockedEndIsolation dropped: with a
// threshold of one failure it would remove a healthy host.
func (e *Engine) lockedStartedDuringIsolation(began time.Time, outcome probes.Outcome) bool {
	return outcome.Result == probes.Failure && began.Before(e.isolation.over)
}

// lockedFailing are the groups that have a member whose latest probe failed.
func (e *Engine) lockedFailing() []Key {
	var keys []Key
	for key, g := range e.groups {
		if g.failing > 0 {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, Key.Compare)
	return keys
}

// lockedProbeSample requests probes of a few healthy targets, as soon as their fast intervals
// allow, of different hosts that the group does not watch (nil: of any). A target with a probe in
// flight since that moment is skipped: if it hangs, another one is next. It returns the deadline
// of their answers.
func (e *Engine) lockedProbeSample(g *group, since, now time.Time) (answered time.Time) {
	// At most so many are looked at, that a search costs little when nearly all hang;
	// the next one goes on from there.
	const most = 32
	var sampled []*host
	candidates := e.fleet.up
	for range min(most, len(candidates)) {
		if len(sampled) == sampleSize {
			break
		}
		e.isolation.cursor = (e.isolation.cursor + 1) % len(candidates)
		t := candidates[e.isolation.cursor]
		recently := t.inflight && !t.started.Before(since)
		if recently || slices.Contains(sampled, t.host) || g != nil && t.host.watchedBy(g) {
			continue
		}
		sampled = append(sampled, t.host)
		e.lockedExpedite(t, now)
		soon := later(now, t.started.Add(t.fastInterval()))
		if t.inflight {
			soon = later(soon, t.started.Add(t.check.Timeout))
		}
		answered = later(answered, soon.Add(t.check.Timeout))
	}
	return answered
}
