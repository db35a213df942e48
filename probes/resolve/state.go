package resolve

import (
	"net/netip"
	"slices"
	"time"
)

// State is what is believed of one name. It is a value: [State.Next] changes
// nothing that the state before holds. The zero State knows nothing yet.
type State struct {
	answered  bool
	kept      []Kept // sorted; its flags are those of the last round
	v4, v6    heard
	truncated bool
	due       time.Time
}

// Remember returns a state that takes these records for the last good answer,
// without having asked.
func Remember(q Question) State {
	var s State
	for _, r := range unique(q.Remembered) {
		if q.asks(r.family()) {
			s.kept = append(s.kept, Kept{Record: r})
		}
	}
	s.trim(q)
	return s
}

// Due is when the name is to be asked again; zero: at once.
func (s State) Due() time.Time { return s.due }

// Failing reports whether a lookup of the last round failed.
func (s State) Failing() bool { return !s.v4.since.IsZero() || !s.v6.since.IsZero() }

// Adopt returns the state under another question about the same name, to be asked
// at once. What it no longer asks for is dropped, because somebody wants it so.
func (s State) Adopt(q Question) State {
	next := s.clone()
	for _, f := range families {
		if !q.asks(f) {
			*next.heard(f) = heard{}
		}
	}
	next.kept = slices.DeleteFunc(next.kept, func(k Kept) bool { return !q.asks(k.family()) })
	next.trim(q)
	next.due = time.Time{}
	return next
}

// Next returns the state after a round of lookups. The policy denies an address by
// an error; a nil policy denies none.
func (s State) Next(q Question, replies []Reply, policy func(netip.Addr) error, now time.Time) State {
	next := s.clone()
	next.answered = true
	newcomers := make([]Record, 0, q.most())
	conclusive, more := false, false
	for _, r := range replies {
		if r.Result == Good && len(r.Records) == 0 && !r.Partial {
			r.Result = NoData
		}
		h := next.heard(r.Family)
		*h = h.next(r, now)
		newcomers = append(newcomers, next.mark(r, policy)...)
		conclusive, more = conclusive || r.complete(), more || r.Partial
	}
	leftOut := next.admit(newcomers, q.most(), policy) || more
	next.excuse()
	next.flag()
	if conclusive || leftOut {
		next.truncated = leftOut || s.truncated && next.stillFull(q)
	}
	next.due = now.Add(next.wait(q))
	return next
}

// Drop returns the state without the records that are absent or stale among those
// given. One that a good answer lists has come back since the caller looked.
func (s State) Drop(records []Record) State {
	next := s.clone()
	next.kept = slices.DeleteFunc(next.kept, func(k Kept) bool {
		if !k.Absent && k.StaleSince.IsZero() {
			return false
		}
		return slices.ContainsFunc(records, func(r Record) bool { return r.place() == k.place() })
	})
	return next
}

// holds reports whether the record is kept.
func (s State) holds(record Record) bool { return s.find(record) >= 0 }

func (s State) clone() State {
	s.kept = slices.Clone(s.kept)
	return s
}

func (s *State) heard(f Family) *heard {
	if f == IPv4 {
		return &s.v4
	}
	return &s.v6
}

// excuse forgives a family that the name simply does not have: an AAAA lookup of a
// name with A records alone is no failure.
func (s *State) excuse() {
	for i, f := range families {
		h, other := s.heard(f), families[1-i]
		if h.result.empty() && !s.has(f) && (s.heard(other).result == Good || s.has(other)) {
			h.since, h.failures = time.Time{}, 0
		}
	}
}

func (s *State) has(f Family) bool {
	return slices.ContainsFunc(s.kept, func(k Kept) bool { return k.family() == f })
}

// flag derives what the records say of themselves from what was heard.
func (s *State) flag() {
	for i := range s.kept {
		k := &s.kept[i]
		h := s.heard(k.family())
		k.Gone = k.Absent && (h.same >= goneAfter || k.Displaced)
		k.StaleSince = h.since
	}
	slices.SortFunc(s.kept, func(a, b Kept) int { return a.Compare(b.Record) })
}

// wait is how long the name need not be asked.
func (s *State) wait(q Question) time.Duration {
	_, wait := q.bounds()
	for _, f := range q.asked() {
		switch h := s.heard(f); {
		case !h.since.IsZero():
			wait = min(wait, q.retry(h.failures))
		case h.result == Good:
			wait = min(wait, q.refresh(h.ttl))
		}
	}
	return wait
}
