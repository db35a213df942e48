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
			delete(listed, k.place())
		} else if r.complete() {
			k.Absent = true
		}
	}
	for _, record := range listed {
		newcomers = append(newcomers, record)
	}
	return newcomers
}

// admit takes newcomers in while there is room, in the place of records that are
// gone where there is none. Denied ones are shown and take nobody's room. It
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
		case !s.evict():
			leftOut = true
			continue
		}
		s.kept = append(s.kept, Kept{Record: record, Denied: isDenied})
	}
	return leftOut
}

// count returns how many records take room, and how many are only shown.
func (s *State) count() (used, denied int) {
	for _, k := range s.kept {
		if k.Denied {
			denied++
		} else {
			used++
		}
	}
	return used, denied
}

// evict drops a record that was gone before this round and still is absent.
func (s *State) evict() bool {
	for i, k := range s.kept {
		if k.Gone && k.Absent && !k.Denied {
			s.kept = slices.Delete(s.kept, i, i+1)
			return true
		}
	}
	return false
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
			if k := s.kept[i]; !k.Denied && k.Absent != present {
				s.kept = slices.Delete(s.kept, i, i+1)
				used--
			}
		}
	}
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
