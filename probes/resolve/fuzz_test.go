package resolve

import (
	"net/netip"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// seed packs an answer to the question about db.example.com.
func seed(f *testing.F, kind Kind, records ...string) []byte {
	f.Helper()
	m := query("db.example.com", kind, false)
	m.Response = true
	m.Id = 0
	for _, text := range records {
		rr, err := dns.NewRR(text)
		if err != nil {
			f.Fatal(err)
		}
		m.Answer = append(m.Answer, rr)
	}
	packet, err := m.Pack()
	if err != nil {
		f.Fatal(err)
	}
	return packet
}

// FuzzMessage sends any bytes through everything that reads an answer, up to the
// state of the name.
func FuzzMessage(f *testing.F) {
	kinds := []Kind{A, AAAA, SRV}
	f.Add(uint8(0), seed(f, A, "db.example.com. 60 IN A 192.0.2.1", "db.example.com. 4294967295 IN A 192.0.2.2"))
	f.Add(uint8(1), seed(f, AAAA, "db.example.com. 0 IN CNAME a.example.com.", "a.example.com. 1 IN AAAA ::ffff:127.0.0.1"))
	f.Add(uint8(2), seed(f, SRV, "db.example.com. 60 IN SRV 1 2 5432 a.example.com.", "db.example.com. 60 IN SRV 0 0 0 ."))
	f.Add(uint8(0), seed(f, A, "db.example.com. 60 IN CNAME a.example.com.", "a.example.com. 60 IN CNAME db.example.com."))
	f.Add(uint8(0), seed(f, A, "db.example.com. 60 IN CNAME a.example.com."))
	f.Add(uint8(0), []byte("this is not DNS"))
	f.Add(uint8(0), []byte("\x00\x00\x81\x01\x00\x00\x00\x00\x00\x00\x00\x00"))

	f.Fuzz(func(t *testing.T, which uint8, packet []byte) {
		kind := kinds[int(which)%len(kinds)]
		asked := query("db.example.com", kind, true)
		asked.Id = 0 // or no input would ever get past it
		m, err := read(packet, asked)
		if err != nil {
			return
		}
		if result := m.result(); result != Good {
			return
		}
		chain := newChain("db.example.com", kind, nil)
		found, more := chain.extract(m)
		checkFound(t, kind, found)
		if more && (found.Result != NoData || chain.end == "db.example.com.") {
			t.Fatalf("to be asked again for %q after %+v", chain.end, found)
		}
		if len(chain.seen) > maxLinks+1 {
			t.Fatalf("%d links followed", len(chain.seen)-1)
		}
		if kind == SRV {
			return
		}
		family := map[Kind]Family{A: IPv4, AAAA: IPv6}[kind]
		q := Question{Name: "db.example.com", MaxAddresses: 4, MinTTL: time.Second, MaxTTL: time.Hour}
		now := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
		state := State{}.Next(q, []Reply{reply(family, found, limitsFor(q, State{}, nil))}, nil, now)
		if wait := state.Due().Sub(now); wait < time.Second || wait > time.Hour {
			t.Fatalf("to be asked again after %s", wait)
		}
		for _, k := range state.Answer(nil).Records {
			if k.Address.Is4In6() && !k.Denied {
				t.Fatalf("%s is not denied", k.Address)
			}
		}
	})
}

// checkFound holds what was found to what must be true of any.
func checkFound(t *testing.T, kind Kind, found Found) {
	t.Helper()
	count := len(found.Addresses) + len(found.Services)
	if (found.Result == Good) != (count > 0) {
		t.Fatalf("%s with %d records", found.Result, count)
	}
	if found.TTL < 0 || found.TTL > longestTTL {
		t.Fatalf("TTL %s", found.TTL)
	}
	if len(found.Services) > 0 && kind != SRV {
		t.Fatalf("services %v for a question of type %d", found.Services, kind)
	}
	seen := map[netip.Addr]bool{}
	for _, address := range found.Addresses {
		if !address.IsValid() || address.Is4() != (kind == A) || seen[address] {
			t.Fatalf("address %s for a question of type %d, seen %t", address, kind, seen[address])
		}
		seen[address] = true
	}
	for _, service := range found.Services {
		if service.Port == 0 || service.Target == "." {
			t.Fatalf("service %+v", service)
		}
	}
}
