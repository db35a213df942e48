package resolve_test

import (
	"errors"
	"net/netip"
	"slices"
	"time"

	"github.com/external-endpoints/operator/probes/resolve"
)

var (
	tenOClock = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	bothOf    = []resolve.Family{resolve.IPv4, resolve.IPv6}
)

// asking is the question of most tests: IPv4, at most four records, 5 s to 1 h.
func asking() resolve.Question {
	return resolve.Question{
		Name: db, Families: []resolve.Family{resolve.IPv4}, MaxAddresses: 4, MinTTL: 5 * time.Second, MaxTTL: time.Hour,
	}
}

// ip is the n-th IPv4 address; ip6 the n-th IPv6 address.
func ip(n int) netip.Addr { return netip.AddrFrom4([4]byte{198, 18, byte(n >> 8), byte(n)}) }

func ip6(n int) netip.Addr {
	bytes := netip.MustParseAddr("2001:db8::").As16()
	bytes[14], bytes[15] = byte(n>>8), byte(n)
	return netip.AddrFrom16(bytes)
}

// says is a good IPv4 reply with these addresses and a TTL of 30 s.
func says(numbers ...int) resolve.Reply {
	r := resolve.Reply{Family: resolve.IPv4, Result: resolve.Good, TTL: 30 * time.Second}
	for _, n := range numbers {
		r.Records = append(r.Records, resolve.Record{Address: ip(n)})
	}
	return r
}

// says6 is the same for IPv6.
func says6(numbers ...int) resolve.Reply {
	r := resolve.Reply{Family: resolve.IPv6, Result: resolve.Good, TTL: 30 * time.Second}
	for _, n := range numbers {
		r.Records = append(r.Records, resolve.Record{Address: ip6(n)})
	}
	return r
}

func fails(result resolve.Result) resolve.Reply {
	return resolve.Reply{Family: resolve.IPv4, Result: result}
}

func fails6(result resolve.Result) resolve.Reply {
	return resolve.Reply{Family: resolve.IPv6, Result: result}
}

// name is the state of a name through several rounds, a minute apart.
type name struct {
	question resolve.Question
	state    resolve.State
	now      time.Time
	policy   func(netip.Addr) error
}

func newName(q resolve.Question) *name { return &name{question: q, now: tenOClock} }

// hear makes one round for each list of replies.
func (n *name) hear(rounds ...[]resolve.Reply) resolve.Answer {
	for _, replies := range rounds {
		n.state = n.state.Next(n.question, replies, n.policy, n.now)
		n.now = n.now.Add(time.Minute)
	}
	return n.state.Answer(n.policy)
}

// each makes one round for each reply.
func (n *name) each(replies ...resolve.Reply) resolve.Answer {
	for _, r := range replies {
		n.hear([]resolve.Reply{r})
	}
	return n.state.Answer(n.policy)
}

// shown tells the records in short: an address with ~ is absent, with ! gone, with x
// denied and with ? stale.
func shown(a resolve.Answer) []string {
	texts := make([]string, 0, len(a.Records))
	for _, k := range a.Records {
		text := k.Address.String()
		for i, is := range []bool{k.Absent && !k.Gone, k.Gone, k.Denied, !k.StaleSince.IsZero()} {
			if is {
				text += string("~!x?"[i])
			}
		}
		texts = append(texts, text)
	}
	return texts
}

// denying is a policy that denies these addresses.
func denying(denied ...netip.Addr) func(netip.Addr) error {
	return func(address netip.Addr) error {
		if slices.Contains(denied, address) {
			return errors.New("denied")
		}
		return nil
	}
}
