package engine

import "time"

// moment is a time, counted from when the engine began: there is one for each of
// thousands of targets, and a time.Time is three times as large. Zero: never.
type moment time.Duration

// site is one host (IP), whoever watches it and on whatever port.
type site struct {
	// watchers are the groups that watch it.
	watchers []watcher
	// counted are its targets that were healthy, dark those of them that fail and
	// nobody has succeeded since.
	counted, dark int32

	// succeeded is when the latest of its successful probes started, heard when the
	// answer came. Zero: none yet, and it is not in the list of recent successes.
	succeeded, heard moment
	newer, older     *site
}

// watcher is a group that watches a site, with so many of its members.
type watcher struct {
	group   *group
	members int
}

func (s *site) watchedBy(g *group) bool {
	for i := range s.watchers {
		if s.watchers[i].group == g {
			return true
		}
	}
	return false
}

// watch adds a member of the group; it returns false when there were others.
func (s *site) watch(g *group) bool {
	for i := range s.watchers {
		if s.watchers[i].group == g {
			s.watchers[i].members++
			return false
		}
	}
	s.watchers = append(s.watchers, watcher{group: g, members: 1})
	return true
}

// unwatch takes a member of the group away; it returns false when there are others.
func (s *site) unwatch(g *group) bool {
	for i := range s.watchers {
		w := &s.watchers[i]
		if w.group != g {
			continue
		}
		if w.members--; w.members > 0 {
			return false
		}
		last := len(s.watchers) - 1
		s.watchers[i], s.watchers[last] = s.watchers[last], watcher{}
		s.watchers = s.watchers[:last]
		return true
	}
	return false
}

// successes lists the sites that have answered, the latest answer first.
type successes struct{ newest, oldest *site }

// hear takes in a success of the site: of a probe that started at started.
func (l *successes) hear(s *site, started, now moment) {
	l.forget(s)
	s.succeeded, s.heard = max(s.succeeded, started), now
	if s.older = l.newest; s.older != nil {
		s.older.newer = s
	} else {
		l.oldest = s
	}
	l.newest = s
}

// forget takes the site out of the list.
func (l *successes) forget(s *site) {
	if l.newest == s {
		l.newest = s.older
	}
	if l.oldest == s {
		l.oldest = s.newer
	}
	if s.newer != nil {
		s.newer.older = s.older
	}
	if s.older != nil {
		s.older.newer = s.newer
	}
	s.newer, s.older = nil, nil
}

// foreign is when the latest successful probe of a site that the group does not
// watch started; zero: none has. Whose answer came before another's probe started
// cannot be the latest, so that few beyond the group's own are looked at.
func (l *successes) foreign(g *group) moment {
	var latest moment
	for s := l.newest; s != nil && s.heard > latest; s = s.older {
		if !s.watchedBy(g) {
			latest = max(latest, s.succeeded)
		}
	}
	return latest
}

// foreignSince reports whether foreign is not before a moment. It looks at answers
// since that moment only: at none, when everything is down.
func (l *successes) foreignSince(g *group, since moment) bool {
	for s := l.newest; s != nil && s.heard >= since; s = s.older {
		if s.succeeded >= since && !s.watchedBy(g) {
			return true
		}
	}
	return false
}
