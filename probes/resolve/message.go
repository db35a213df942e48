package resolve

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// mostLinks is how many aliases are followed from a name to its records.
const mostLinks = 8

// payload is the size of answer that is asked for over UDP: it crosses every
// network in one piece.
const payload = 1232

// errForeign: the message is no answer to the question that was asked.
var errForeign = errors.New("not an answer to the question")

// query builds the question for one kind of record of an absolute name.
func query(name string, kind Kind, extended bool) *dns.Msg {
	m := new(dns.Msg)
	m.SetQuestion(dns.Fqdn(name), uint16(kind)) // with a random id
	if extended {
		m.SetEdns0(payload, false)
	}
	return m
}

// read takes an answer apart. It fails when the bytes are no DNS message, or one
// that answers something else: such a message is nobody's answer, and who waits
// for one goes on waiting.
func read(packet []byte, asked *dns.Msg) (*dns.Msg, error) {
	m := new(dns.Msg)
	if err := m.Unpack(packet); err != nil {
		return nil, err
	}
	want := asked.Question[0]
	switch {
	case !m.Response, m.Id != asked.Id, m.Opcode != dns.OpcodeQuery, len(m.Question) != 1:
		return nil, errForeign
	case !strings.EqualFold(m.Question[0].Name, want.Name), m.Question[0].Qtype != want.Qtype, m.Question[0].Qclass != want.Qclass:
		return nil, errForeign
	}
	return m, nil
}

// judge returns the result that the code of an answer stands for.
func judge(m *dns.Msg) Result {
	switch {
	case m.Truncated:
		return Truncated
	case m.Rcode == dns.RcodeSuccess:
		return Good
	case m.Rcode == dns.RcodeNameError:
		return NXDomain
	case m.Rcode == dns.RcodeRefused:
		return Refused
	}
	return Servfail
}

// chain follows the aliases from one name to its records, through as many
// answers as that takes.
type chain struct {
	kind Kind
	end  string // in lower case, with the final dot
	seen []string
	ttl  time.Duration
}

func newChain(name string, kind Kind) *chain {
	end := strings.ToLower(dns.Fqdn(name))
	return &chain{kind: kind, end: end, seen: []string{end}, ttl: longestTTL}
}

// extract returns what a successful answer says. More: it ends in an alias, and
// the chain's new end must be asked for.
func (c *chain) extract(m *dns.Msg) (found Found, more bool) {
	asked := c.end
	aliases := map[string]*dns.CNAME{}
	for _, rr := range m.Answer {
		if alias, ok := rr.(*dns.CNAME); ok && alias.Hdr.Class == dns.ClassINET {
			aliases[strings.ToLower(alias.Hdr.Name)] = alias
		}
	}
	for alias := aliases[c.end]; alias != nil; alias = aliases[c.end] {
		c.end = strings.ToLower(alias.Target)
		if slices.Contains(c.seen, c.end) || len(c.seen) > mostLinks {
			return Found{Result: Loop}, false
		}
		c.seen = append(c.seen, c.end)
		c.ttl = min(c.ttl, lifetime(alias.Hdr.Ttl))
	}
	c.records(m.Answer, &found)
	if len(found.Addresses)+len(found.Services) == 0 {
		return Found{Result: NoData}, c.end != asked
	}
	found.Result, found.TTL = Good, c.ttl
	return found, false
}

// records collects those of the chain's kind at its end.
func (c *chain) records(answer []dns.RR, found *Found) {
	known := map[netip.Addr]struct{}{}
	for _, rr := range answer {
		header := rr.Header()
		if header.Class != dns.ClassINET || Kind(header.Rrtype) != c.kind || !strings.EqualFold(header.Name, c.end) {
			continue
		}
		switch record := rr.(type) {
		case *dns.A:
			address, ok := netip.AddrFromSlice(record.A.To4())
			addAddress(found, known, address, ok)
		case *dns.AAAA:
			address, ok := netip.AddrFromSlice(record.AAAA.To16())
			addAddress(found, known, address, ok)
		case *dns.SRV:
			// A target of "." says that there is no such service, port 0 cannot be dialed.
			if record.Target != "." && record.Port != 0 {
				found.Services = append(found.Services,
					Service{Target: strings.ToLower(record.Target), Port: record.Port, Priority: record.Priority})
			}
		}
		c.ttl = min(c.ttl, lifetime(header.Ttl))
	}
	slices.SortFunc(found.Addresses, netip.Addr.Compare)
	slices.SortFunc(found.Services, compareServices)
	found.Services = slices.Compact(found.Services)
}

func addAddress(found *Found, known map[netip.Addr]struct{}, address netip.Addr, ok bool) {
	if _, again := known[address]; again || !ok {
		return
	}
	known[address] = struct{}{}
	found.Addresses = append(found.Addresses, address)
}
