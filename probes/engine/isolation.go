package engine

import (
	"slices"
	"time"

	"github.com/external-endpoints/operator/probes"
)

// asked is how many others are probed at once by who has doubts about the network.
const asked = 3

// patience is how long they are waited for: whoever is well answers sooner.
const patience = 2 * time.Second

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

// lockedSee takes in what a conclusive probe of the target says of the network, after
// the verdicts have followed from it, and returns the groups that it matters to.
func (e *Engine) lockedSee(t *target, began, ended time.Time, success bool) []Key {
	if len(t.members) == 0 {
		return nil // nobody watches it any more
	}
	if !success {
		counted := e.horizon.sitesCounted
		e.horizon.fail(t, e.horizon.at(ended))
		keys := e.lockedSuspect(ended)
		if e.horizon.sitesCounted < counted {
			keys = append(keys, e.lockedVouch(nil, ended, ended)...) // somebody may have nobody left to ask
		}
		return keys
	}
	lit := e.horizon.succeed(t, e.horizon.at(began), e.horizon.at(ended))
	if len(lit) > 0 {
		e.isolation.answered = time.Time{}
	}
	if e.isolation.on && (!began.Before(e.isolation.since) || !e.horizon.outlook().Isolated()) {
		return e.lockedReturn(lit, t.site, began, ended)
	}
	return e.lockedVouch(t.site, began, ended)
}

// lockedSuspect looks, after a failure, whether the prober is isolated. When there
// are doubts it has some of those probed that have not failed, before it believes it.
func (e *Engine) lockedSuspect(now time.Time) []Key {
	outlook := e.horizon.outlook()
	if e.isolation.on || !outlook.Doubtful() {
		return nil
	}
	if len(e.horizon.well) > 0 {
		answered := e.lockedAskAround(nil, e.horizon.time(e.horizon.first.failed), now)
		if e.isolation.answered.IsZero() {
			e.isolation.answered = earlier(answered, now.Add(patience))
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

// lockedReturn ends the isolation. What failed in it failed through no fault of its
// own, for all we know: it has to be seen again before anything is put down to a host,
// or the first success would condemn everybody who has not been asked again yet. And
// it was healthy before, should the network go away again at once. Who answered now is
// the site, to a probe that started at heard.
func (e *Engine) lockedReturn(lit []*target, answered *site, heard, now time.Time) []Key {
	told := e.lockedFailing()
	e.isolation = isolation{over: now, cursor: e.isolation.cursor}
	for _, t := range lit {
		for _, m := range t.members {
			m.setVerdict(m.verdict.Forgotten())
			delete(m.port.waiting, m)
		}
		t.latest, t.presumed = probes.Inconclusive, true
		e.horizon.review(t)
	}
	for g := range e.listening {
		if answered.watchedBy(g) {
			e.lockedListen(g, time.Time{}) // its own host is nobody from elsewhere
		} else {
			e.lockedListen(g, heard)
		}
	}
	return told
}

// lockedFromTheDark reports whether an outcome is a failure of a probe that started
// before an isolation was over. It says no more of its host than those that lockedReturn
// has forgotten, and where one failure is enough it would take a host out that is well.
func (e *Engine) lockedFromTheDark(began time.Time, outcome probes.Outcome) bool {
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

// lockedAskAround has a few healthy targets probed as soon as their fast intervals
// allow, of different hosts that the group does not watch (nil: of any). Whoever was
// asked since that moment is not asked again: should he hang, somebody else is next
// time. It returns by when they will have answered.
func (e *Engine) lockedAskAround(g *group, since, now time.Time) (answered time.Time) {
	// At most so many are looked at, that a search costs little when nearly all hang;
	// the next one goes on from there.
	const most = 32
	var sites []*site
	candidates := e.horizon.well
	for range min(most, len(candidates)) {
		if len(sites) == asked {
			break
		}
		e.isolation.cursor = (e.isolation.cursor + 1) % len(candidates)
		t := candidates[e.isolation.cursor]
		recently := t.inflight && !t.started.Before(since)
		if recently || slices.Contains(sites, t.site) || g != nil && t.site.watchedBy(g) {
			continue
		}
		sites = append(sites, t.site)
		e.lockedHurry(t, now)
		soon := later(now, t.started.Add(t.fastInterval()))
		if t.inflight {
			soon = later(soon, t.started.Add(t.check.Timeout))
		}
		answered = later(answered, soon.Add(t.check.Timeout))
	}
	return answered
}
