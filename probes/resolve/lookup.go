package resolve

import (
	"context"
	"net/netip"
	"time"
)

// Kind is a type of DNS record, by its number.
type Kind uint16

const (
	// A records hold IPv4 addresses.
	A Kind = 1
	// AAAA records hold IPv6 addresses.
	AAAA Kind = 28
	// SRV records name a port and another name.
	SRV Kind = 33
)

// kind is the type of record that holds addresses of the family.
func (f Family) kind() Kind {
	if f == IPv4 {
		return A
	}
	return AAAA
}

// Found is what one lookup found. All but a [Good] one is empty.
type Found struct {
	Result Result
	// Addresses of an A or AAAA lookup, Services of an SRV lookup; sorted.
	Addresses []netip.Addr
	Services  []Service
	// More: there are more services than these.
	More bool
	// TTL is the shortest of the chain; 0 to 2^31-1 seconds.
	TTL time.Duration
}

// Service is what one SRV record says. Its weight is not used: Kubernetes sends
// every endpoint the same share.
type Service struct {
	// Target is the absolute name of the host, in lower case, with the final dot.
	Target   string
	Port     uint16
	Priority uint16
}

// Lookuper asks for the records of one kind of an absolute name. It never returns
// an error: a lookup that fails is a [Result].
type Lookuper interface {
	Lookup(ctx context.Context, name string, kind Kind) Found
}
