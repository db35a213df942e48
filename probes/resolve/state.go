package resolve

import (
	"net/netip"
	"slices"
	"time"
)

// State is what is believed of one name. It is a value: [State.Next] changes
// nothing that the state before holds. The zero State knows nothing yet.
type State struct {
	answered  bool   // there is an answer to go by
	kept      []Kept // sorted; its flags are those of the last round
	v4, v6    heard
	truncated bool
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

// Due is when one of the families that have been asked is to be asked again; zero: at
// once.
func (s State) Due() time.Time {
	switch {
	case s.v4.due.IsZero():
		return s.v6.due
	case s.v6.due.IsZero():
		return s.v4.due
	}
	return earlier(s.v4.due, s.v6.due)
}

// dueOf is when these families are to be asked again; zero: at once.
func (s State) dueOf(asked []Family) time.Time {
	due := s.heard(asked[0]).due
	for _, f := range asked[1:] {
		due = earlier(due, s.heard(f).due)
	}
	return due
}

// failing reports whether the last lookup of one of these families failed.
func (s State) failing(asked []Family) bool {
	return slices.ContainsFunc(asked, func(f Family) bool { return !s.heard(f).since.IsZero() })
}

// Adopt returns the state under another question about the same name, to be asked
// at once. What it no longer asks for is dropped, because somebody wants it so.
func (s State) Adopt(q Question) State {
	next := s.clone()
	for _, f := range families {
		if !q.asks(f) {
			*next.heard(f) = heard{}
		}
		next.heard(f).due = time.Time{}
	}
	next.kept = slices.DeleteFunc(next.kept, func(k Kept) bool { return !q.asks(k.family()) })
	next.trim(q)
	return next
}

// Next returns the state after a round of lookups, of one family or of both. The policy
// denies an address by an error; a nil policy denies none.
func (s State) Next(q Question, replies []Reply, policy func(netip.Addr) error, now time.Time) State {
	next := s.clone()
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
	next.answered = next.answered || next.decisive(q)
	next.flag()
	if conclusive || leftOut {
		next.truncated = leftOut || s.truncated && next.stillFull(q)
	}
	for _, r := range replies {
		next.heard(r.Family).due = now.Add(next.wait(q, r.Family))
	}
	return next
}

// decisive reports whether what was found is an answer: that one family has no records,
// or cannot be asked, says nothing of the name before the other one has replied.
func (s *State) decisive(q Question) bool {
	all := true
	for _, f := range q.asked() {
		h := s.heard(f)
		if h.result == Good {
			return true
		}
		all = all && h.result != ""
	}
	return all
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
// name with A records alone is no failure. It is asked less and less often all the same.
func (s *State) excuse() {
	for _, f := range families {
		h, other := s.heard(f), otherThan(f)
		if h.result.empty() && !s.has(f) && (s.heard(other).result == Good || s.has(other)) {
			h.since = time.Time{}
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

// wait is how long the family need not be asked.
func (s *State) wait(q Question, f Family) time.Duration {
	h, other := s.heard(f), s.heard(otherThan(f))
	switch {
	case h.result == Good:
		return q.refresh(h.ttl)
	case other.result != Good:
		return q.retry(h.failures, q.slowestRetry(h.ttl))
	case h.since.IsZero(): // the name has no such records
		return max(q.refresh(other.ttl), q.retry(h.failures, slowestRetry))
	}
	return q.retry(h.failures, slowestRetry)
}

func otherThan(f Family) Family {
	if f == IPv4 {
		return IPv6
	}
	return IPv4
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
