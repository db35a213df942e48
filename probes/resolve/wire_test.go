package resolve_test

import (
	"context"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"github.com/external-endpoints/operator/probes/resolve"
	"github.com/external-endpoints/operator/probes/resolve/resolvetest"
)

// onTheWire runs a resolver that asks a real server; changed gets a word for every
// call of Changed.
func onTheWire(t *testing.T, server *resolvetest.Server, allow func(netip.Addr) error) (r *resolve.Resolver[string], changed <-chan string) {
	t.Helper()
	return running(t, clientOf(t, server), allow)
}

// running is the same for a client.
func running(t *testing.T, client *resolve.Client, allow func(netip.Addr) error) (r *resolve.Resolver[string], changed <-chan string) {
	t.Helper()
	told := make(chan string, 10000)
	r = resolve.New(resolve.Options[string]{
		Lookuper: client, Allow: allow, Changed: func(key string) { told <- key },
	})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- r.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return r, told
}

// await returns the answer once it is as wanted.
func await(t *testing.T, r *resolve.Resolver[string], changed <-chan string, name string, wanted func(resolve.Answer) bool) resolve.Answer {
	t.Helper()
	limit := time.After(20 * time.Second)
	for {
		if got := r.Answers("orders")[name]; wanted(got) {
			return got
		}
		select {
		case <-changed:
		case <-limit:
			t.Fatalf("still %+v", r.Answers("orders")[name])
		}
	}
}

func TestANameThroughFaultsOfItsServer(t *testing.T) {
	server := serve(t, "127.0.0.1:0")
	healthy := resolvetest.Name{Addresses: slices.Concat([]netip.Addr{ip(1)}, resolvetest.Many(ip6(1), 2))}
	server.Set(db, healthy)
	q := asking()
	q.Families, q.MinTTL = bothOf, time.Second
	r, changed := onTheWire(t, server, denying(ip6(2)))
	r.Apply("orders", one(q))

	got := await(t, r, changed, db, func(a resolve.Answer) bool { return len(a.Settled) == 2 })
	if diff := cmp.Diff([]string{"198.18.0.1", "2001:db8::1", "2001:db8::2x"}, shown(got)); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}

	server.SetKind(db, dns.TypeAAAA, resolvetest.Name{Rcode: dns.RcodeServerFailure})
	got = await(t, r, changed, db, func(a resolve.Answer) bool { return a.Stale })
	if diff := cmp.Diff([]string{"198.18.0.1", "2001:db8::1?", "2001:db8::2x?"}, shown(got)); diff != "" {
		t.Errorf("while one family fails (-want +got):\n%s", diff)
	}

	server.Unset(db)
	got = await(t, r, changed, db, func(a resolve.Answer) bool { return !a.Records[0].StaleSince.IsZero() })
	if diff := cmp.Diff([]string{"198.18.0.1?", "2001:db8::1?", "2001:db8::2x?"}, shown(got)); diff != "" {
		t.Errorf("when the name is gone (-want +got):\n%s", diff)
	}

	server.Set(db, healthy)
	got = await(t, r, changed, db, func(a resolve.Answer) bool { return !a.Stale })
	if diff := cmp.Diff([]string{"198.18.0.1", "2001:db8::1", "2001:db8::2x"}, shown(got)); diff != "" {
		t.Errorf("when it is back (-want +got):\n%s", diff)
	}
}

func TestAServiceOnTheWire(t *testing.T) {
	server := serve(t, "127.0.0.1:0")
	server.Set(pg, resolvetest.Name{TTL: 60, Services: []resolvetest.Service{{Target: "a.example.com", Port: 5433, Priority: 10}}})
	server.Set("a.example.com", resolvetest.Name{TTL: 60, Alias: db})
	server.Set(db, resolvetest.Name{TTL: 60, Addresses: []netip.Addr{ip(1)}})
	q := asking()
	q.Name = pg
	r, changed := onTheWire(t, server, nil)
	r.Apply("orders", one(q))
	got := await(t, r, changed, pg, func(a resolve.Answer) bool { return !a.Pending })
	want := []resolve.TrackedRecord{{Record: resolve.Record{Address: ip(1), Port: 5433, Priority: 10}}}
	if diff := cmp.Diff(want, got.Records, compareFound); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

func TestAnAnswerThatBalloonsIsCapped(t *testing.T) {
	server := serve(t, "127.0.0.1:0")
	server.Set(db, resolvetest.Name{Addresses: resolvetest.Many(netip.MustParseAddr("198.18.200.1"), 2)})
	q := asking()
	q.MaxAddresses, q.MinTTL, q.Families = 64, time.Second, bothOf
	r, changed := onTheWire(t, server, nil)
	r.Apply("orders", one(q))
	await(t, r, changed, db, func(a resolve.Answer) bool { return len(a.Records) == 2 })

	// The two are the last of the list, and are kept.
	v4, v6 := resolvetest.Many(ip(1), 3998), resolvetest.Many(ip6(1), 1000)
	server.Set(db, resolvetest.Name{Addresses: slices.Concat(v4, resolvetest.Many(netip.MustParseAddr("198.18.200.1"), 2), v6)})
	got := await(t, r, changed, db, func(a resolve.Answer) bool { return a.Truncated })
	kept := shown(got)
	if len(kept) != 64 || !slices.Contains(kept, "198.18.200.1") || !slices.Contains(kept, "198.18.200.2") || got.Stale {
		t.Errorf("%d records, stale %t: %s", len(kept), got.Stale, kept)
	}
}
