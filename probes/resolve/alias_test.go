package resolve_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"github.com/external-endpoints/operator/probes/resolve"
	"github.com/external-endpoints/operator/probes/resolve/resolvetest"
)

// chainOf makes name0 an alias of name1, and so on for this many links; the last
// has an address.
func chainOf(server *resolvetest.Server, links int, bare bool) {
	name := func(i int) string { return fmt.Sprintf("name%d.example.com", i) }
	for i := range links {
		server.Set(name(i), resolvetest.Name{TTL: 300, Alias: name(i + 1), Bare: bare})
	}
	server.Set(name(links), resolvetest.Name{TTL: 60, Addresses: list("192.0.2.1")})
}

func TestAliasesAreFollowed(t *testing.T) {
	tests := []struct {
		name string
		set  func(*resolvetest.Server)
		want resolve.Found
	}{
		{"one link in one answer", func(s *resolvetest.Server) { chainOf(s, 1, false) }, good(time.Minute, "192.0.2.1")},
		{"eight links in one answer", func(s *resolvetest.Server) { chainOf(s, 8, false) }, good(time.Minute, "192.0.2.1")},
		{"sixteen links in one answer", func(s *resolvetest.Server) { chainOf(s, 16, false) }, good(time.Minute, "192.0.2.1")},
		{"seventeen links in one answer", func(s *resolvetest.Server) { chainOf(s, 17, false) }, failed(resolve.Loop)},
		{"nine links in three answers", func(s *resolvetest.Server) {
			chainOf(s, 9, false)
			for _, last := range []int{2, 5} {
				s.Set(fmt.Sprintf("name%d.example.com", last),
					resolvetest.Name{TTL: 300, Alias: fmt.Sprintf("name%d.example.com", last+1), Bare: true})
			}
		}, good(time.Minute, "192.0.2.1")},
		{"a loop of twelve names", func(s *resolvetest.Server) {
			chainOf(s, 12, false)
			s.Set("name11.example.com", resolvetest.Name{TTL: 300, Alias: "name0.example.com"})
		}, failed(resolve.Loop)},
		{"eight bare links", func(s *resolvetest.Server) { chainOf(s, 8, true) }, good(time.Minute, "192.0.2.1")},
		{"nine bare links", func(s *resolvetest.Server) { chainOf(s, 9, true) }, failed(resolve.Loop)},
		{"an alias with the shortest TTL", func(s *resolvetest.Server) {
			chainOf(s, 2, false)
			s.Set("name1.example.com", resolvetest.Name{TTL: 7, Alias: "name2.example.com", Bare: true})
		}, good(7*time.Second, "192.0.2.1")},
		{"an alias in upper case", func(s *resolvetest.Server) {
			chainOf(s, 1, true)
			s.Set("name0.example.com", resolvetest.Name{TTL: 60, Alias: "NAME1.Example.Com"})
		}, good(time.Minute, "192.0.2.1")},
		{"an alias of itself", func(s *resolvetest.Server) {
			s.Set("name0.example.com", resolvetest.Name{Alias: "name0.example.com"})
		}, failed(resolve.Loop)},
		{"two bare aliases of each other", func(s *resolvetest.Server) {
			s.Set("name0.example.com", resolvetest.Name{Alias: "name1.example.com", Bare: true})
			s.Set("name1.example.com", resolvetest.Name{Alias: "name0.example.com", Bare: true})
		}, failed(resolve.Loop)},
		{"an alias of a name that does not exist", func(s *resolvetest.Server) {
			s.Set("name0.example.com", resolvetest.Name{Alias: "nowhere.example.com"})
		}, failed(resolve.NXDomain)},
		{"an alias of a name without addresses", func(s *resolvetest.Server) {
			chainOf(s, 1, false)
			s.Set("name1.example.com", resolvetest.Name{})
		}, failed(resolve.NoData)},
		{"an alias of a name that fails", func(s *resolvetest.Server) {
			chainOf(s, 1, true)
			s.Set("name1.example.com", resolvetest.Name{Rcode: dns.RcodeServerFailure})
		}, failed(resolve.Servfail)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := serve(t, "127.0.0.1:0")
			tt.set(server)
			got := clientOf(t, server).Lookup(t.Context(), "name0.example.com", resolve.A)
			if diff := cmp.Diff(tt.want, got, compareFound); diff != "" {
				t.Errorf("found (-want +got):\n%s", diff)
			}
		})
	}
}

func TestServicesAreFound(t *testing.T) {
	tests := []struct {
		name     string
		services []resolvetest.Service
		want     resolve.Found
	}{
		{
			"sorted, without what cannot be dialed or is there twice",
			[]resolvetest.Service{
				{Target: "B.example.com", Port: 5433, Priority: 10, Weight: 5},
				{Target: "a.example.com", Port: 5432, Priority: 20},
				{Target: "b.example.com", Port: 5433, Priority: 10, Weight: 7},
				{Target: "c.example.com", Port: 0},
			},
			resolve.Found{Result: resolve.Good, TTL: time.Minute, Services: []resolve.Service{
				{Target: "b.example.com.", Port: 5433, Priority: 10}, {Target: "a.example.com.", Port: 5432, Priority: 20},
			}},
		},
		{"no such service", []resolvetest.Service{{Target: ".", Port: 0}}, failed(resolve.NoData)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := serve(t, "127.0.0.1:0")
			server.Set("_pg._tcp.example.com", resolvetest.Name{TTL: 60, Services: tt.services})
			got := clientOf(t, server).Lookup(t.Context(), "_pg._tcp.example.com", resolve.SRV)
			if diff := cmp.Diff(tt.want, got, compareFound); diff != "" {
				t.Errorf("found (-want +got):\n%s", diff)
			}
		})
	}
}
