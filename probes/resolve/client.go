package resolve

import (
	"cmp"
	"context"
	"time"

	"github.com/miekg/dns"
)

// Client queries the name servers of a resolv.conf. It is safe for concurrent use. It implements
// [Lookuper].
type Client struct {
	servers servers
	denied  func(string) bool
}

// ClientOptions configure the servers of a [Client], and the names that it denies.
type ClientOptions struct {
	// ResolvConf is the path of the list of servers; "": /etc/resolv.conf. It is read
	// again when it is a few seconds old.
	ResolvConf string
	// Port of the servers; 0: 53.
	Port uint16
	// Denied reports whether a name, with the final dot, must not be looked up. The
	// targets of aliases and of SRV records are such names too; nil denies none.
	Denied func(name string) bool
}

// NewClient returns a client. The list of servers is read at the first lookup.
func NewClient(o ClientOptions) *Client {
	return &Client{
		servers: servers{path: cmp.Or(o.ResolvConf, "/etc/resolv.conf"), port: cmp.Or(o.Port, 53)},
		denied:  o.Denied,
	}
}

// Lookup queries the records of one kind and follows aliases. It ends at the deadline of ctx.
func (c *Client) Lookup(ctx context.Context, name string, kind Kind) Found {
	if _, valid := dns.IsDomainName(name); !valid {
		return Found{Result: NXDomain}
	}
	chain := newChain(name, kind, c.denied)
	if c.denied != nil && c.denied(chain.end) {
		return Found{Result: Denied}
	}
	for {
		m, result := c.askServers(ctx, chain.end, kind)
		if result != Good {
			return Found{Result: result}
		}
		found, more := chain.extract(m)
		if !more {
			return found
		}
	}
}

// askServers queries one server after the other until one answers. An error code from a server
// goes before the timeout of another one.
func (c *Client) askServers(ctx context.Context, name string, kind Kind) (*message, Result) {
	list, attempts, err := c.servers.get()
	if err != nil {
		return nil, Broken
	}
	said := make([]Result, len(list))
	for attempt := range attempts {
		for i, s := range list {
			if said[i] != "" && said[i] != Timeout && said[i] != Garbage {
				continue // it answered; a retry does not help
			}
			if ctx.Err() != nil {
				return nil, summary(said)
			}
			// Middleboxes drop questions with EDNS: the retry is sent without it.
			extended := attempt == 0 && s.understandsEDNS()
			began := time.Now()
			m, result := exchange(ctx, s, name, kind, extended)
			if m == nil && (result == Timeout || result == Garbage) && ctx.Err() == nil {
				s.silent(began)
			}
			if m != nil && attempt > 0 {
				s.refusedEDNS()
			}
			if result == Good || result.empty() {
				return m, result
			}
			if said[i] == "" || result != Timeout {
				said[i] = result
			}
		}
	}
	return nil, summary(said)
}

// summary is the first result that is more than silence.
func summary(said []Result) Result {
	for _, result := range said {
		if result != "" && result != Timeout {
			return result
		}
	}
	return Timeout
}
