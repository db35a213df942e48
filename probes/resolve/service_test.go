package resolve_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/external-endpoints/operator/probes/resolve"
)

const pg = "_pg._tcp.example.com"

func services(list ...resolve.Service) resolve.Found {
	return resolve.Found{Result: resolve.Good, Services: list, TTL: time.Hour}
}

func v6(numbers ...int) resolve.Found {
	f := resolve.Found{Result: resolve.Good}
	for _, n := range numbers {
		f.Addresses = append(f.Addresses, ip6(n))
	}
	return f
}

var (
	primary = resolve.Service{Target: "a.example.com.", Port: 5432, Priority: 10}
	standby = resolve.Service{Target: "b.example.com.", Port: 5433, Priority: 20}
)

func TestAServiceNameGivesTheAddressesOfItsTargets(t *testing.T) {
	record := func(address netip.Addr, from resolve.Service) resolve.Record {
		return resolve.Record{Address: address, Port: from.Port, Priority: from.Priority}
	}
	tests := []struct {
		name  string
		set   func(*scripted)
		want  []resolve.Record
		stale bool
	}{
		{"of both families, by priority", func(s *scripted) {
			s.set("a.example.com.", resolve.A, found(2, 1))
			s.set("a.example.com.", resolve.AAAA, v6(1))
			s.set("b.example.com.", resolve.A, found(1))
		}, []resolve.Record{record(ip(1), primary), record(ip(2), primary), record(ip6(1), primary), record(ip(1), standby)}, false},
		{"of the targets that can be resolved", func(s *scripted) {
			s.set("a.example.com.", resolve.A, found(1))
			s.set("a.example.com.", resolve.AAAA, failed(resolve.NoData))
			s.set("b.example.com.", resolve.A, failed(resolve.Servfail))
		}, []resolve.Record{record(ip(1), primary)}, true},
		{"without a target that does not exist", func(s *scripted) {
			s.set("b.example.com.", resolve.A, found(1))
		}, []resolve.Record{record(ip(1), standby)}, true},
		{"one target's IPv4 and the other's IPv6 addresses", func(s *scripted) {
			s.set("a.example.com.", resolve.A, found(1))
			s.set("b.example.com.", resolve.AAAA, v6(1))
		}, []resolve.Record{record(ip(1), primary), record(ip6(1), standby)}, false},
		{"none when there is no such service", func(s *scripted) {
			s.set(pg, resolve.SRV, failed(resolve.NoData))
		}, nil, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				r.dns.set(pg, resolve.SRV, services(standby, primary))
				tt.set(r.dns)
				q := asking()
				q.Name, q.Families, q.MaxAddresses = pg, bothOf, 64
				r.Apply("orders", one(q))
				pass(time.Second)
				got := r.Answers("orders")[pg]
				var records []resolve.Record
				for _, k := range got.Records {
					records = append(records, k.Record)
				}
				if diff := cmp.Diff(tt.want, records, compareFound); diff != "" {
					t.Errorf("records (-want +got):\n%s", diff)
				}
				if got.Stale != tt.stale {
					t.Errorf("stale: %t, want %t", got.Stale, tt.stale)
				}
				if len(r.dns.times(pg, resolve.A, r.began))+len(r.dns.times(pg, resolve.AAAA, r.began)) > 0 {
					t.Error("the name itself was asked for addresses")
				}
			})
		})
	}
}

func TestATargetThatFailsKeepsItsRecordsAndLetsOthersIn(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		q := asking()
		q.Name = pg
		r.dns.set(pg, resolve.SRV, services(primary, standby))
		r.dns.set("a.example.com.", resolve.A, found(1))
		r.dns.set("b.example.com.", resolve.A, found(2))
		r.Apply("orders", one(q))
		pass(time.Second)
		r.dns.set("a.example.com.", resolve.A, failed(resolve.Timeout))
		r.dns.set("b.example.com.", resolve.A, found(3))
		pass(5 * time.Second)
		if diff := cmp.Diff([]string{"198.18.0.1?", "198.18.0.2?", "198.18.0.3?"}, shown(r.Answers("orders")[pg])); diff != "" {
			t.Errorf("records (-want +got):\n%s", diff)
		}
	})
}

func TestTheShortestTTLOfServiceAndTargetsCounts(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		q := asking()
		q.Name = pg
		r.dns.set(pg, resolve.SRV, services(primary))
		target := found(1)
		target.TTL = 7 * time.Second
		r.dns.set("a.example.com.", resolve.A, target)
		r.Apply("orders", one(q))
		pass(8 * time.Second)
		if got := r.dns.times(pg, resolve.SRV, r.began); len(got) != 2 {
			t.Errorf("asked after %s, with a TTL of 7s", got)
		}
	})
}

// An answer of 64 KiB names more than a thousand targets.
func TestTheTargetsThatAreAskedAreBounded(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		var many []resolve.Service
		for i := range 1500 {
			target := fmt.Sprintf("t%d.example.com.", i)
			many = append(many, resolve.Service{Target: target, Port: 5432})
			r.dns.set(target, resolve.A, found(i))
		}
		r.dns.set(pg, resolve.SRV, services(many...))
		q := asking()
		q.Name = pg
		q.MaxAddresses = 256
		r.Apply("orders", one(q))
		pass(time.Second)
		asked := 0
		for _, service := range many {
			asked += len(r.dns.times(service.Target, resolve.A, r.began))
		}
		got := r.Answers("orders")[pg]
		if asked != 256 || len(got.Records) != 256 || got.Stale || !got.Truncated {
			t.Errorf("asked %d targets, %d records, stale: %t, truncated: %t", asked, len(got.Records), got.Stale, got.Truncated)
		}
	})
}

func TestOnlyNamesWithTwoUnderscoresAreServices(t *testing.T) {
	for name, kind := range map[string]resolve.Kind{
		"_pg._tcp.example.com": resolve.SRV, "_pg._tcp.example.com.": resolve.SRV,
		"_pg.example.com": resolve.A, "pg._tcp.example.com": resolve.A, "_pg._tcp": resolve.A,
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				q := asking()
				q.Name = name
				r.Apply("orders", one(q))
				pass(time.Second)
				if got := r.dns.times(name, kind, r.began); len(got) != 1 {
					t.Errorf("asked for records of type %d %d times", kind, len(got))
				}
			})
		})
	}
}
