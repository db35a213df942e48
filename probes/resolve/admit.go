package resolve

import (
	"net/netip"
	"slices"
)

// denies asks the policy. An IPv4 address in the clothes of an IPv6 one is denied
// whatever it says: an EndpointSlice cannot hold it.
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
	s.kept = slices.DeleteFunc(s.kept, func(k Kept) bool {
		_, present := listed[k.place()]
		switch {
		case k.family() != r.Family:
			return false
		case k.Denied && present && !denies(policy, k.Address):
			return true // allowed by now: it waits for room like every newcomer
		case !present && r.complete():
			return k.Denied || denies(policy, k.Address) // nobody depends on it
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

// admit takes newcomers in while there is room, and gives them that of records that
// are gone where there is none. Denied ones are shown and take nobody's room. It
// reports whether one that may be used was left out.
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
		s.kept = append(s.kept, Kept{Record: record, Denied: isDenied})
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

// displace frees the room of a record that was gone before this round and still is
// absent. The record itself stays: to drop it is the caller's, for it may be the
// only one that works. That of newcomers nobody knows.
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
		s.kept = slices.DeleteFunc(s.kept, func(k Kept) bool {
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
	return slices.IndexFunc(s.kept, func(k Kept) bool { return k.place() == record.place() })
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
	slices.SortFunc(s.kept, func(a, b Kept) int { return a.Compare(b.Record) })
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
