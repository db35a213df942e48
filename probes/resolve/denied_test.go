package resolve_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"github.com/external-endpoints/operator/probes/addresspolicy"
	"github.com/external-endpoints/operator/probes/resolve"
	"github.com/external-endpoints/operator/probes/resolve/resolvetest"
)

const inside = "kafka-0.kafka.other.svc.k8s.example.net"

// askingInside runs a resolver that must not look up names of the cluster. The server
// knows one all the same, as the Pod's own resolver does.
func askingInside(t *testing.T) (*resolvetest.Server, *resolve.Resolver[string], <-chan string) {
	t.Helper()
	server := serve(t, "127.0.0.1:0")
	server.Set(inside, resolvetest.Name{TTL: 5, Addresses: list("10.1.2.3")})
	server.Set("kafka.other.svc", resolvetest.Name{TTL: 5, Addresses: list("10.1.2.3")})
	client := resolve.NewClient(resolve.ClientOptions{
		ResolvConf: resolvConf(t, "", server.AddrPort().Addr()), Port: server.AddrPort().Port(),
		Denied: addresspolicy.NewNames("k8s.example.net").Denied,
	})
	r, changed := running(t, client, nil)
	return server, r, changed
}

func TestResolverDeniesNamesThatLeadIntoTheCluster(t *testing.T) {
	services := func(targets ...string) resolvetest.Name {
		n := resolvetest.Name{TTL: 60}
		for _, target := range targets {
			n.Services = append(n.Services, resolvetest.Service{Target: target, Port: 9092})
		}
		return n
	}
	tests := []struct {
		name string
		says resolvetest.Name
		want []string
	}{
		{db, resolvetest.Name{TTL: 60, Alias: inside}, []string{}},
		{db, resolvetest.Name{TTL: 60, Alias: inside, Bare: true}, []string{}},
		{db, resolvetest.Name{TTL: 60, Alias: "Kafka.Other.SVC"}, []string{}},
		{db, resolvetest.Name{TTL: 60, Alias: "cdn.example.com"}, []string{}}, // which is an alias of it
		{pg, services(inside), []string{}},
		{pg, services("cdn.example.com"), []string{}},
		{pg, services(inside, "a.example.com"), []string{"198.18.0.1"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server, r, changed := askingInside(t)
			server.Set(tt.name, tt.says)
			server.Set("cdn.example.com", resolvetest.Name{TTL: 60, Alias: inside, Bare: true})
			server.Set("a.example.com", resolvetest.Name{TTL: 60, Addresses: list("198.18.0.1")})
			q := asking()
			q.Name = tt.name
			r.Apply("orders", one(q))
			got := await(t, r, changed, q.Name, func(a resolve.Answer) bool { return !a.Pending })
			if !got.Denied || got.Stale {
				t.Errorf("denied %t, stale %t; want denied alone", got.Denied, got.Stale)
			}
			if diff := cmp.Diff(tt.want, shown(got)); diff != "" {
				t.Errorf("records (-want +got):\n%s", diff)
			}
			if asked := server.Queries(inside, dns.TypeA) + server.Queries("kafka.other.svc", dns.TypeA); asked > 0 {
				t.Errorf("the name in the cluster was looked up %d times", asked)
			}
		})
	}
}

// What a name meant before is outside, and stays as with every answer that is not good.
func TestResolverKeepsTheLastAnswerOfANameThatIsDenied(t *testing.T) {
	server, r, changed := askingInside(t)
	server.Set(db, resolvetest.Name{Addresses: list("198.18.0.1")})
	q := asking()
	q.MinTTL = time.Second
	r.Apply("orders", one(q))
	await(t, r, changed, db, func(a resolve.Answer) bool { return len(a.Records) == 1 })
	server.Set(db, resolvetest.Name{Alias: inside})
	got := await(t, r, changed, db, func(a resolve.Answer) bool { return a.Denied })
	if diff := cmp.Diff([]string{"198.18.0.1?"}, shown(got)); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	server.Set(db, resolvetest.Name{Addresses: list("198.18.0.1")})
	await(t, r, changed, db, func(a resolve.Answer) bool { return !a.Denied })
}

func TestClientDeniesANameOfTheClusterWithoutAsking(t *testing.T) {
	server, r, changed := askingInside(t)
	q := asking()
	q.Name = inside
	r.Apply("orders", one(q))
	got := await(t, r, changed, inside, func(a resolve.Answer) bool { return a.Denied })
	if len(got.Records) > 0 || server.Queries(inside, dns.TypeA) > 0 {
		t.Errorf("%d records, asked %d times", len(got.Records), server.Queries(inside, dns.TypeA))
	}
}
