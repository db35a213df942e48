package resolve

import (
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
	// maxQuestions is how many questions one lookup asks: aliases whose targets are not
	// in the same answer cost one each.
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

// extract returns what a successful answer says. More: it ends in an alias, and
// the chain's new end must be asked for.
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
