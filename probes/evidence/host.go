package evidence

import "time"

// moment is the time since the start of the fleet. Each of thousands of targets has one, and a
// time.Time is three times as large. Zero: never.
type moment time.Duration

// Host is one IP address, with all its ports, checks and groups.
type Host struct {
	// groups are the groups with members on this host.
	groups []hostGroup
	// counted is the number of targets that are not Down, unreachable of those Unreachable.
	counted, unreachable int32

	// succeeded is when the latest successful probe started, ended when its result came.
	// Zero: none yet, and the host is not in the list of recent successes.
	succeeded, ended moment
	newer, older     *Host
}

// hostGroup is a group with its number of members on a host.
type hostGroup struct {
	group   *Group
	members int
}

func (h *Host) isIn(g *Group) bool {
	for i := range h.groups {
		if h.groups[i].group == g {
			return true
		}
	}
	return false
}

// add counts a member of the group; it returns true for the first one.
func (h *Host) add(g *Group) bool {
	for i := range h.groups {
		if h.groups[i].group == g {
			h.groups[i].members++
			return false
		}
	}
	h.groups = append(h.groups, hostGroup{group: g, members: 1})
	return true
}

// remove counts a member of the group less; it returns true for the last one.
func (h *Host) remove(g *Group) bool {
	for i := range h.groups {
		w := &h.groups[i]
		if w.group != g {
			continue
		}
		if w.members--; w.members > 0 {
			return false
		}
		last := len(h.groups) - 1
		h.groups[i], h.groups[last] = h.groups[last], hostGroup{}
		h.groups = h.groups[:last]
		return true
	}
	return false
}

// successes is a list of the hosts that have answered, the latest answer first.
type successes struct{ newest, oldest *Host }

// add moves the host to the front: its probe that started at started has succeeded.
func (l *successes) add(h *Host, started, now moment) {
	l.remove(h)
	h.succeeded, h.ended = max(h.succeeded, started), now
	if h.older = l.newest; h.older != nil {
		h.older.newer = h
	} else {
		l.oldest = h
	}
	l.newest = h
}

// remove takes the host out of the list.
func (l *successes) remove(h *Host) {
	if l.newest == h {
		l.newest = h.older
	}
	if l.oldest == h {
		l.oldest = h.newer
	}
	if h.newer != nil {
		h.newer.older = h.older
	}
	if h.older != nil {
		h.older.newer = h.newer
	}
	h.newer, h.older = nil, nil
}

// outside returns when the latest successful probe of a host outside the group started; zero:
// none. A host whose result came before another's probe started cannot be the latest, so that
// few hosts beyond the group's own are read.
func (l *successes) outside(g *Group) moment {
	var latest moment
	for h := l.newest; h != nil && h.ended > latest; h = h.older {
		if !h.isIn(g) {
			latest = max(latest, h.succeeded)
		}
	}
	return latest
}

// outsideSince reports whether outside is at or after a moment. It reads only results since that
// moment: none, when everything is down.
func (l *successes) outsideSince(g *Group, since moment) bool {
	for h := l.newest; h != nil && h.ended >= since; h = h.older {
		if h.succeeded >= since && !h.isIn(g) {
			return true
		}
	}
	return false
}
