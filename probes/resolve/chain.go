package resolve

import (
	"hash/maphash"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"
)

const (
	// maxLinks is how many aliases lead at most from a name to its records, in all
	// answers together. Names behind the traffic managers and front doors of clouds have
	// 8 to 11 (coredns/coredns#7125, NLnetLabs/unbound#438).
	maxLinks = 16
	// maxQuestions is how many questions one lookup sends: an alias whose target is not in the
	// same answer costs one.
	maxQuestions = 9
	// maxAliases is how many aliases of one answer are looked at: those of the chain,
	// and others that a server may add.
	maxAliases = 4 * maxLinks
)

// chain follows the aliases from one name to its records, through as many
// answers as that takes.
type chain struct {
	kind   Kind
	denied func(name string) bool
	end    string // in lower case, with the final dot
	seen   []string
	asked  int
	ttl    time.Duration
}

func newChain(name string, kind Kind, denied func(string) bool) *chain {
	end := strings.ToLower(dns.Fqdn(name))
	return &chain{kind: kind, denied: denied, end: end, seen: []string{end}, asked: 1, ttl: longestTTL}
}

// extract returns what a successful answer holds. More: it ends in an alias, and the alias target
// must be looked up.
func (c *chain) extract(m *message) (found Found, more bool) {
	asked := c.end
	aliases := map[string]*dns.CNAME{}
	whole := m.each(func(rr dns.RR) {
		if alias, ok := rr.(*dns.CNAME); ok && len(aliases) < maxAliases {
			aliases[strings.ToLower(alias.Hdr.Name)] = alias
		}
	})
	if !whole {
		return Found{Result: Garbage}, false
	}
	for alias := aliases[c.end]; alias != nil; alias = aliases[c.end] {
		c.end = strings.ToLower(alias.Target)
		switch {
		case c.denied != nil && c.denied(c.end):
			return Found{Result: Denied}, false
		case slices.Contains(c.seen, c.end), len(c.seen) > maxLinks:
			return Found{Result: Loop}, false
		}
		c.seen = append(c.seen, c.end)
		c.ttl = min(c.ttl, lifetime(alias.Hdr.Ttl))
	}
	c.records(m, &found)
	switch {
	case len(found.Addresses)+len(found.Services) > 0:
		found.Result, found.TTL = Good, c.ttl
		return found, false
	case c.end == asked:
		return Found{Result: NoData}, false
	case c.asked == maxQuestions:
		return Found{Result: Loop}, false
	}
	c.asked++
	return Found{Result: NoData}, true
}

// records collects those of the chain's kind at its end. Addresses are bounded by the
// 64 KiB of a message, services by maxServices.
func (c *chain) records(m *message, found *Found) {
	m.each(func(rr dns.RR) {
		header := rr.Header()
		if Kind(header.Rrtype) != c.kind || !strings.EqualFold(header.Name, c.end) {
			return
		}
		switch record := rr.(type) {
		case *dns.A:
			if address, ok := netip.AddrFromSlice(record.A.To4()); ok {
				found.Addresses = append(found.Addresses, address)
			}
		case *dns.AAAA:
			if address, ok := netip.AddrFromSlice(record.AAAA.To16()); ok {
				found.Addresses = append(found.Addresses, address)
			}
		case *dns.SRV:
			// A target of "." says that there is no such service, port 0 cannot be dialed.
			if record.Target != "." && record.Port != 0 {
				found.addService(Service{Target: strings.ToLower(record.Target), Port: record.Port, Priority: record.Priority})
			}
		}
		c.ttl = min(c.ttl, lifetime(header.Ttl))
	})
	slices.SortFunc(found.Addresses, netip.Addr.Compare)
	found.Addresses = slices.Compact(found.Addresses)
	found.sortServices()
}

// addService takes a service in. Names of targets may be as long as the API allows, so
// that no more than twice the maximum are held.
func (f *Found) addService(s Service) {
	f.Services = append(f.Services, s)
	if len(f.Services) >= 2*maxServices {
		f.sortServices()
	}
}

// sortServices sorts the services, the most preferred first, and leaves out those
// beyond the maximum.
func (f *Found) sortServices() {
	slices.SortFunc(f.Services, compareServices)
	f.Services = slices.Compact(f.Services)
	if len(f.Services) > maxServices {
		f.Services, f.More = f.Services[:maxServices], true
	}
}

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
