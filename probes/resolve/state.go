package resolve

import (
	"net/netip"
	"slices"
	"time"
)

// denies applies the policy. An IPv4-mapped IPv6 address is always denied: an EndpointSlice cannot
// hold it.
func denies(policy func(netip.Addr) error, address netip.Addr) bool {
	return !address.IsValid() || address.Is4In6() || policy != nil && policy(address) != nil
}

// mark notes on the records that are kept what the reply says of them, and returns
// those of the reply that are not among them.
func (s *State) mark(r Reply, policy func(netip.Addr) error) (newcomers []Record) {
	listed := make(map[netip.AddrPort]Record, len(r.Records))
	for _, record := range unique(r.Records) {
		listed[record.place()] = record
	}
	s.kept = slices.DeleteFunc(s.kept, func(k TrackedRecord) bool {
		_, present := listed[k.place()]
		switch {
		case k.family() != r.Family:
			return false
		case k.Denied && present && !denies(policy, k.Address):
			return true // allowed by now: it waits for room like every newcomer
		case !present && r.complete():
			return k.Denied || denies(policy, k.Address) // no endpoint depends on it
		}
		return false
	})
	for i := range s.kept {
		k := &s.kept[i]
		if k.family() != r.Family {
			continue
		}
		if record, present := listed[k.place()]; present {
			k.Record, k.Absent, k.Denied = record, false, denies(policy, k.Address)
			if !k.Displaced {
				delete(listed, k.place()) // else it looks for room again, as newcomers do
			}
		} else if r.complete() {
			k.Absent = true
		}
	}
	for _, record := range listed {
		newcomers = append(newcomers, record)
	}
	return newcomers
}

// admit adds new records while there is room, and replaces records that are gone where there is
// none. Denied records are shown and need no room. It reports whether a usable one was left out.
func (s *State) admit(newcomers []Record, most int, policy func(netip.Addr) error) (leftOut bool) {
	used, denied := s.count()
	slices.SortFunc(newcomers, Record.Compare)
	for _, record := range newcomers {
		isDenied := denies(policy, record.Address)
		switch {
		case isDenied && denied >= most:
			continue
		case isDenied:
			denied++
		case used < most:
			used++
		case !s.displace():
			leftOut = true
			continue
		}
		if i := s.find(record); i >= 0 {
			s.kept[i].Displaced = false
			continue
		}
		s.kept = append(s.kept, TrackedRecord{Record: record, Denied: isDenied})
	}
	s.drop(most)
	return leftOut
}

// count returns how many records take room, and how many are only shown.
func (s *State) count() (used, denied int) {
	for _, k := range s.kept {
		switch {
		case k.Denied:
			denied++
		case !k.Displaced:
			used++
		}
	}
	return used, denied
}

// displace frees the room of a record that was gone before this round and still is absent. The
// record itself stays until the caller drops it, because it may be the only one that works. New
// records have no such history.
func (s *State) displace() bool {
	for i := range s.kept {
		if k := &s.kept[i]; k.Gone && k.Absent && !k.Denied && !k.Displaced {
			k.Displaced = true
			return true
		}
	}
	return false
}

// drop drops displaced records beyond the maximum, absent ones first, so that a
// name which means something else each hour does not grow for ever.
func (s *State) drop(most int) {
	kept := 0
	for _, absent := range []bool{false, true} {
		s.kept = slices.DeleteFunc(s.kept, func(k TrackedRecord) bool {
			if !k.Displaced || k.Absent != absent {
				return false
			}
			kept++
			return kept > most
		})
	}
}

// find returns the index of the record that is kept for that place, or -1.
func (s *State) find(record Record) int {
	return slices.IndexFunc(s.kept, func(k TrackedRecord) bool { return k.place() == record.place() })
}

// stillFull reports whether a name that gave too much may do so again: it uses all
// its room, and its answers have not settled. So the flag does not flap while a
// rotation happens to list what is kept.
func (s *State) stillFull(q Question) bool {
	used, _ := s.count()
	settled := true
	for _, f := range q.asked() {
		h := s.heard(f)
		settled = settled && (h.result != Good || h.same >= goneAfter)
	}
	return used >= q.most() && !settled
}

// trim drops what a lowered maximum leaves no room for, absent records first.
func (s *State) trim(q Question) {
	slices.SortFunc(s.kept, func(a, b TrackedRecord) int { return a.Compare(b.Record) })
	used, _ := s.count()
	for _, present := range []bool{false, true} {
		for i := len(s.kept) - 1; i >= 0 && used > q.most(); i-- {
			if k := s.kept[i]; !k.Denied && !k.Displaced && k.Absent != present {
				s.kept = slices.Delete(s.kept, i, i+1)
				used--
			}
		}
	}
	s.drop(q.most())
}

// unique returns the records sorted, one for each place: the one of the lowest
// priority value, which is the most preferred.
func unique(records []Record) []Record {
	seen := make(map[netip.AddrPort]struct{}, len(records))
	sorted := slices.SortedFunc(slices.Values(records), Record.Compare)
	return slices.DeleteFunc(sorted, func(r Record) bool {
		_, again := seen[r.place()]
		seen[r.place()] = struct{}{}
		return again
	})
}

// State is what is believed of one name. It is a value: [State.Next] changes
// nothing that the state before holds. The zero State knows nothing yet.
type State struct {
	answered  bool            // there is an answer to go by
	kept      []TrackedRecord // sorted; its flags are those of the last round
	v4, v6    familyState
	truncated bool
}

// Remember returns a state with these records as the last good answer, without a lookup.
func Remember(q Question) State {
	var s State
	for _, r := range unique(q.Remembered) {
		if q.asks(r.family()) {
			s.kept = append(s.kept, TrackedRecord{Record: r})
		}
	}
	s.trim(q)
	return s
}

// Due is when the next lookup of a family is due; zero: at once.
func (s State) Due() time.Time {
	switch {
	case s.v4.due.IsZero():
		return s.v6.due
	case s.v6.due.IsZero():
		return s.v4.due
	}
	return earlier(s.v4.due, s.v6.due)
}

// dueOf is when the next lookup of these families is due; zero: at once.
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

// Adopt returns the state under another question about the same name, due at once. Records that
// the new question excludes are dropped, because the caller wants that.
func (s State) Adopt(q Question) State {
	next := s.clone()
	for _, f := range families {
		if !q.asks(f) {
			*next.heard(f) = familyState{}
		}
		next.heard(f).due = time.Time{}
	}
	next.kept = slices.DeleteFunc(next.kept, func(k TrackedRecord) bool { return !q.asks(k.family()) })
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
	next.ignoreMissingFamily()
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

// decisive reports whether the round found an answer: one family without records, or a failed
// lookup of it, says nothing of the name before the other family has replied.
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

// DropRecords returns the state without the records that are absent or stale among those
// given. One that a good answer lists has come back since the caller looked.
func (s State) DropRecords(records []Record) State {
	next := s.clone()
	next.kept = slices.DeleteFunc(next.kept, func(k TrackedRecord) bool {
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

func (s *State) heard(f Family) *familyState {
	if f == IPv4 {
		return &s.v4
	}
	return &s.v6
}

// ignoreMissingFamily clears the failure of a family that the name does not have: an AAAA lookup of
// a name with A records alone is no failure. Its back-off grows all the same.
func (s *State) ignoreMissingFamily() {
	for _, f := range families {
		h, other := s.heard(f), otherThan(f)
		if h.result.empty() && !s.has(f) && (s.heard(other).result == Good || s.has(other)) {
			h.since = time.Time{}
		}
	}
}

func (s *State) has(f Family) bool {
	return slices.ContainsFunc(s.kept, func(k TrackedRecord) bool { return k.family() == f })
}

// flag derives the flags of the records from the replies.
func (s *State) flag() {
	for i := range s.kept {
		k := &s.kept[i]
		h := s.heard(k.family())
		k.Gone = k.Absent && (h.same >= goneAfter || k.Displaced)
		k.StaleSince = h.since
	}
	slices.SortFunc(s.kept, func(a, b TrackedRecord) int { return a.Compare(b.Record) })
}

// wait is how long no lookup of the family is due.
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
