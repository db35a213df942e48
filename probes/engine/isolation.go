package engine

import (
	"slices"
	"time"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/health"
)

// lockedProbeOtherObjects looks for evidence elsewhere that a proven failure is the host's
// own: its group has nobody left who could say so.
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

// lockedCorroborateGroup reports whether a success elsewhere, of a probe that started at
// started, says of any abandoned member that its failure is its own. One that has not
// failed since is asked again at once; its next failure is what is told.
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

// lockedRecordAnswer has the group listen for its earliest failure that a success which
// started at heard does not vouch for.
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

// sampleSize is how many others are probed at once by who has doubts about the network.
const sampleSize = 3

// isolationTimeout is how long they are waited for: whoever is well answers sooner.
const isolationTimeout = 2 * time.Second

// isolation is whether the prober takes itself for isolated, and since when.
type isolation struct {
	on    bool
	since time.Time
	// answered is when whoever was asked first, when there were doubts, has answered or
	// will not; zero: nobody was asked since the latest success. Without the wait one
	// host that lives elsewhere, and is not asked for a second yet, would not be heard
	// before a dead site is taken for a dead network.
	answered time.Time
	// over is when the answer came that ended the latest one.
	over time.Time
	// cursor is where in horizon.well the next one to ask is looked for.
	cursor int
}

// lockedObserveResult takes in what a conclusive probe of the target says of the network, after
// the verdicts have followed from it, and returns the groups that it matters to.
func (e *Engine) lockedObserveResult(t *target, began, ended time.Time, success bool) []Key {
	if len(t.members) == 0 {
		return nil // nobody watches it any more
	}
	if !success {
		counted := e.fleet.hostsCounted
		e.fleet.fail(t, e.fleet.at(ended))
		keys := e.lockedCheckIsolation(ended)
		if e.fleet.hostsCounted < counted {
			keys = append(keys, e.lockedCorroborateByHost(nil, ended, ended)...) // somebody may have nobody left to ask
		}
		return keys
	}
	lit := e.fleet.succeed(t, e.fleet.at(began), e.fleet.at(ended))
	if len(lit) > 0 {
		e.isolation.answered = time.Time{}
	}
	if e.isolation.on && (!began.Before(e.isolation.since) || !e.fleet.outlook().Isolated()) {
		return e.lockedEndIsolation(lit, t.site, began, ended)
	}
	return e.lockedCorroborateByHost(t.site, began, ended)
}

// lockedCheckIsolation looks, after a failure, whether the prober is isolated. When there
// are doubts it has some of those probed that have not failed, before it believes it.
func (e *Engine) lockedCheckIsolation(now time.Time) []Key {
	outlook := e.fleet.outlook()
	if e.isolation.on || !outlook.Doubtful() {
		return nil
	}
	if len(e.fleet.well) > 0 {
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

// lockedEndIsolation ends the isolation. What failed in it failed through no fault of its
// own, for all we know: it has to be seen again before anything is put down to a host,
// or the first success would condemn everybody who has not been asked again yet. And
// it was healthy before, should the network go away again at once. Who answered now is
// the site, to a probe that started at heard.
func (e *Engine) lockedEndIsolation(lit []*target, answered *host, heard, now time.Time) []Key {
	told := e.lockedFailing()
	e.isolation = isolation{over: now, cursor: e.isolation.cursor}
	for _, t := range lit {
		for _, m := range t.members {
			m.setVerdict(m.verdict.Forgotten())
			delete(m.port.waiting, m)
		}
		t.latest, t.presumed = probes.Inconclusive, true
		e.fleet.review(t)
	}
	for g := range e.listening {
		if answered.watchedBy(g) {
			e.lockedRecordAnswer(g, time.Time{}) // its own host is nobody from elsewhere
		} else {
			e.lockedRecordAnswer(g, heard)
		}
	}
	return told
}

// lockedStartedDuringIsolation reports whether an outcome is a failure of a probe that started
// before an isolation was over. It says no more of its host than those that lockedReturn
// has forgotten, and where one failure is enough it would take a host out that is well.
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

// lockedProbeSample has a few healthy targets probed as soon as their fast intervals
// allow, of different hosts that the group does not watch (nil: of any). Whoever was
// asked since that moment is not asked again: should he hang, somebody else is next
// time. It returns by when they will have answered.
func (e *Engine) lockedProbeSample(g *group, since, now time.Time) (answered time.Time) {
	// At most so many are looked at, that a search costs little when nearly all hang;
	// the next one goes on from there.
	const most = 32
	var sites []*host
	candidates := e.fleet.well
	for range min(most, len(candidates)) {
		if len(sites) == sampleSize {
			break
		}
		e.isolation.cursor = (e.isolation.cursor + 1) % len(candidates)
		t := candidates[e.isolation.cursor]
		recently := t.inflight && !t.started.Before(since)
		if recently || slices.Contains(sites, t.site) || g != nil && t.site.watchedBy(g) {
			continue
		}
		sites = append(sites, t.site)
		e.lockedExpedite(t, now)
		soon := later(now, t.started.Add(t.fastInterval()))
		if t.inflight {
			soon = later(soon, t.started.Add(t.check.Timeout))
		}
		answered = later(answered, soon.Add(t.check.Timeout))
	}
	return answered
}
