package engine

import (
	"slices"
	"time"

	"github.com/external-endpoints/operator/probes/health"
)

// lockedSeekForeign looks for evidence elsewhere that a proven failure is the host's
// own: its group has nobody left who could say so.
func (e *Engine) lockedSeekForeign(m *member, now time.Time) {
	g, seen := m.group, m.verdict.Run.Seen
	if e.horizon.alone(g) || e.horizon.foreignSince(g, e.horizon.at(seen)) {
		return
	}
	if waits, ok := e.listening[g]; !ok || seen.Before(waits) {
		e.listening[g] = seen
	}
	if !e.isolation.on {
		e.lockedAskAround(g, seen, now)
	}
}

// lockedAbandon looks for evidence elsewhere for all that wait for some, when their
// last witness is lost. Later each of them does so itself, at its next failure.
func (e *Engine) lockedAbandon(p *port, now time.Time) {
	if len(p.waiting) == 0 || p.able() {
		return
	}
	for m := range p.waiting {
		e.lockedSeekForeign(m, now)
	}
}

// lockedVouch returns the groups that wait for evidence from elsewhere and have it by
// a success of the site whose probe started at started, or need none any more.
func (e *Engine) lockedVouch(s *site, started, now time.Time) []Key {
	var keys []Key
	for g, waits := range e.listening {
		if e.horizon.alone(g) {
			delete(e.listening, g)
			for range g.abandoned() {
				keys = append(keys, g.key)
				break
			}
			continue
		}
		if s == nil || started.Before(waits) || s.watchedBy(g) {
			continue
		}
		if e.lockedVouchFor(g, started, now) {
			keys = append(keys, g.key)
		}
		e.lockedListen(g, started)
	}
	slices.SortFunc(keys, Key.Compare)
	return keys
}

// lockedVouchFor reports whether a success elsewhere, of a probe that started at
// started, says of any abandoned member that its failure is its own. One that has not
// failed since is asked again at once; its next failure is what is told.
func (e *Engine) lockedVouchFor(g *group, started, now time.Time) bool {
	vouched := false
	for m := range g.abandoned() {
		if started.Before(m.verdict.Run.Seen) {
			continue
		}
		if m.verdict.Run.Corroborated {
			vouched = true
		} else {
			e.lockedHurry(m.target, now)
		}
	}
	return vouched
}

// lockedListen has the group listen for its earliest failure that a success which
// started at heard does not vouch for.
func (e *Engine) lockedListen(g *group, heard time.Time) {
	earliest := time.Time{}
	for m := range g.abandoned() {
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
		Alone:       e.horizon.alone(g),
		LastSuccess: e.horizon.time(e.horizon.foreign(g)),
	}
}
