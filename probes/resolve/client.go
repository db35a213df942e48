package resolve

import (
	"cmp"
	"context"

	"github.com/miekg/dns"
)

// Client asks the name servers of a resolv.conf. It is safe for concurrent use. It
// implements [Lookuper].
type Client struct{ servers servers }

// ClientOptions say whom a [Client] asks.
type ClientOptions struct {
	// ResolvConf is the path of the list of servers; "": /etc/resolv.conf. It is read
	// again when it is a few seconds old.
	ResolvConf string
	// Port of the servers; 0: 53.
	Port uint16
}

// NewClient returns a client. The list of servers is read at the first lookup.
func NewClient(o ClientOptions) *Client {
	return &Client{servers: servers{
		path: cmp.Or(o.ResolvConf, "/etc/resolv.conf"),
		port: cmp.Or(o.Port, 53),
	}}
}

// attempts is how often the list of servers is gone through: one lost packet must
// not make a name stale.
const attempts = 2

// Lookup asks for the records of one kind and follows aliases. It takes no longer
// than ctx allows.
func (c *Client) Lookup(ctx context.Context, name string, kind Kind) Found {
	if _, valid := dns.IsDomainName(name); !valid {
		return Found{Result: NXDomain}
	}
	chain := newChain(name, kind)
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

// askServers asks one server after the other until one knows. What a server said
// tells more than that another one was silent.
func (c *Client) askServers(ctx context.Context, name string, kind Kind) (*dns.Msg, Result) {
	list, err := c.servers.get()
	if err != nil {
		return nil, Broken
	}
	said := make([]Result, len(list))
	for range attempts {
		for i, server := range list {
			if said[i] != "" && said[i] != Timeout && said[i] != Garbage {
				continue // it answered; to ask again is no use
			}
			if ctx.Err() != nil {
				return nil, summary(said)
			}
			m, result := exchange(ctx, server, name, kind)
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
