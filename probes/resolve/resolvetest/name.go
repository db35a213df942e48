package resolvetest

import "net/netip"

// Name is what the server says of one name.
type Name struct {
	// TTL of every record, as on the wire: any 32 bits.
	TTL uint32
	// Addresses are served as A and AAAA records.
	Addresses []netip.Addr
	// Rotate hands out this many of a family's addresses at a time, in turn; 0: all.
	Rotate int
	// Services are served as SRV records.
	Services []Service
	// Alias makes the name a CNAME. What it leads to is in the same answer as far as
	// the server knows it, unless Bare is set.
	Alias string
	Bare  bool
	// Text is served as a TXT record beside all others, whatever was asked for.
	Text string
	// Rcode is the code of the answer, which has no records unless it is 0.
	Rcode int
	Fault Fault
}

// Service is an SRV record.
type Service struct {
	Target                 string
	Priority, Weight, Port uint16
}

// Fault is a way in which the server goes wrong.
type Fault int

const (
	// None: the server works.
	None Fault = iota
	// Silence: it does not answer.
	Silence
	// Garbage: it answers with bytes that are no DNS message.
	Garbage
	// WrongID: it answers under another id.
	WrongID
	// WrongQuestion: it answers a question about another name.
	WrongQuestion
	// WrongKind: it answers a question about another kind of record.
	WrongKind
	// Echo: it sends the question back.
	Echo
	// Truncated: every answer is cut short, by TCP too, and has no records.
	Truncated
	// NoTCP: the answer by UDP is cut short, and TCP connections are closed.
	NoTCP
	// Forged: answers under other ids, with other addresses, come before the true one.
	Forged
	// NoEDNS: questions with EDNS are a format error, as old servers say.
	NoEDNS
	// BareFormErr, BareNotImp and BareBadVers: questions with EDNS are refused by a header
	// alone, with an OPT record in the last case.
	BareFormErr
	BareNotImp
	BareBadVers
	// BadVers: questions with EDNS are refused for its version, with the question.
	BadVers
	// SilentToEDNS: questions with EDNS are dropped, as some middleboxes do.
	SilentToEDNS
	// ForgedBareFormErr: headers with a format error under other ids come before the true answer.
	ForgedBareFormErr
	// SilentUDP: only TCP is answered.
	SilentUDP
)

// Many returns count consecutive addresses.
func Many(first netip.Addr, count int) []netip.Addr {
	addresses := make([]netip.Addr, 0, count)
	for address := first; len(addresses) < count; address = address.Next() {
		addresses = append(addresses, address)
	}
	return addresses
}
