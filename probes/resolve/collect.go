package resolve

import (
	"hash/maphash"
	"net/netip"
	"slices"
)

// limits say which records of an answer are worth keeping.
type limits struct {
	// most is how many records the name may give.
	most int
	// known are the places of the records that are kept already. Whether an answer lists
	// these is always found out: otherwise a name that gives too much would keep hosts
	// that DNS has dropped.
	known map[netip.AddrPort]struct{}
	// denied is the address policy.
	denied func(netip.Addr) bool
}

// limitsFor are those of the next round.
func limitsFor(q Question, s State, policy func(netip.Addr) error) limits {
	l := limits{most: q.most(), known: make(map[netip.AddrPort]struct{}, len(s.kept))}
	for _, k := range s.kept {
		l.known[k.place()] = struct{}{}
	}
	l.denied = func(address netip.Addr) bool { return denies(policy, address) }
	return l
}

// collection takes in the records of one family while they are read. It holds those
// that are known, and of others no more than one beyond the maximum, the most preferred
// first: an answer of 64 KiB has thousands of addresses, and SRV records multiply them.
type collection struct {
	limits
	listed          map[netip.AddrPort]Record
	allowed, denied smallest
	// fingerprint is equal for the same answers in any order.
	fingerprint uint64
}

func newCollection(l limits) *collection {
	most := l.most + 1
	return &collection{
		limits: l, listed: map[netip.AddrPort]Record{}, allowed: smallest{most: most}, denied: smallest{most: most},
	}
}

// addAddresses takes in the addresses of a lookup, once for each of the services that
// led to them.
func (c *collection) addAddresses(addresses []netip.Addr, services ...Service) {
	var sum uint64
	for _, address := range addresses {
		sum += maphash.Comparable(fingerprintSeed, address)
	}
	candidates := c.candidates(addresses)
	for _, from := range services {
		from.Target = ""
		c.fingerprint += maphash.Comparable(fingerprintSeed, from)*sum + sum
		for _, candidate := range candidates {
			c.add(Record{Address: candidate.address, Port: from.Port, Priority: from.Priority}, candidate.denied)
		}
	}
}

type candidate struct {
	address netip.Addr
	denied  bool
}

// candidates are the addresses that can be among those that are kept. They are sorted.
func (c *collection) candidates(addresses []netip.Addr) []candidate {
	knownHosts := make(map[netip.Addr]struct{}, len(c.known))
	for place := range c.known {
		knownHosts[place.Addr()] = struct{}{}
	}
	var list []candidate
	count := map[bool]int{}
	for _, address := range addresses {
		_, known := knownHosts[address]
		denied := c.limits.denied(address)
		if !known && count[denied] > c.most {
			continue
		}
		if !known {
			count[denied]++
		}
		list = append(list, candidate{address, denied})
	}
	return list
}

func (c *collection) add(r Record, denied bool) {
	if _, known := c.known[r.place()]; known {
		if other, again := c.listed[r.place()]; !again || r.Compare(other) < 0 {
			c.listed[r.place()] = r
		}
		return
	}
	if denied {
		c.denied.add(r)
	} else {
		c.allowed.add(r)
	}
}

// records are those that are kept, sorted.
func (c *collection) records() []Record {
	all := slices.Concat(c.allowed.sorted(), c.denied.sorted())
	for _, r := range c.listed {
		all = append(all, r)
	}
	return unique(all)
}

// smallest holds the smallest records of those added, one for each place.
type smallest struct {
	most    int
	records []Record
}

func (s *smallest) add(r Record) {
	s.records = append(s.records, r)
	if len(s.records) >= 2*s.most+minBatch {
		s.records = s.sorted()
	}
}

// minBatch is how many records are added at least until they are sorted again.
const minBatch = 64

func (s *smallest) sorted() []Record {
	records := unique(s.records)
	return records[:min(len(records), s.most)]
}

// fingerprintSeed makes fingerprints differ between processes, so that no answer can be
// made to have that of another.
var fingerprintSeed = maphash.MakeSeed()

// fingerprintOf is the fingerprint of an answer that consists of these records.
func fingerprintOf(records []Record) (sum uint64) {
	for _, r := range records {
		sum += maphash.Comparable(fingerprintSeed, r)
	}
	return sum
}
