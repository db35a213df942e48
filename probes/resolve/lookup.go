package resolve

import (
	"context"
	"net/netip"
	"time"

	"github.com/prometheus/client_golang/prometheus"
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

// Lookuper looks up the records of one kind of an absolute name. It never returns an error: a
// failed lookup is a [Result].
type Lookuper interface {
	Lookup(ctx context.Context, name string, kind Kind) Found
}

// newMetrics returns the counter of lookups. All its series exist from the start, so
// that the first failure of a kind is an increase and not a new series.
func newMetrics() *prometheus.CounterVec {
	lookups := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "external_endpoints_name_lookups_total",
		Help: "Lookups of DNS names by result (success, nxdomain, nodata, servfail, refused, timeout, truncated, garbage, loop, " +
			"denied, or error: the question could not be sent).",
	}, []string{"result"})
	for _, result := range results {
		lookups.WithLabelValues(string(result))
	}
	return lookups
}

// counted counts the lookups that it passes on, except those that were canceled.
type counted struct {
	Lookuper
	lookups *prometheus.CounterVec
}

func (c counted) Lookup(ctx context.Context, name string, kind Kind) Found {
	found := c.Lookuper.Lookup(ctx, name, kind)
	if ctx.Err() != context.Canceled {
		c.lookups.WithLabelValues(string(found.Result)).Inc()
	}
	return found
}
