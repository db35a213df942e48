package resolve_test

import (
	"fmt"
	"net/netip"
	"runtime"
	"testing"

	"github.com/external-endpoints/operator/probes/resolve"
	"github.com/external-endpoints/operator/probes/resolve/resolvetest"
)

// bomb makes the name one of many SRV records that all lead to one target with many
// addresses: two answers of less than 64 KiB whose product is millions of records.
func bomb(server *resolvetest.Server, name string, services, addresses int) {
	var list []resolvetest.Service
	for n := range services {
		list = append(list, resolvetest.Service{Target: "t.x", Port: uint16(n + 1)})
	}
	server.Set(name, resolvetest.Name{TTL: 60, Services: list})
	server.Set("t.x", resolvetest.Name{TTL: 60, Addresses: resolvetest.Many(netip.MustParseAddr("198.18.0.0"), addresses)})
}

// allocated is how many bytes f allocates, in all goroutines.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// Whoever owns a zone decides what its answers hold: the operator must survive each.
func TestResolverBoundsTheProductOfServicesAndAddresses(t *testing.T) {
	const mebibyte = 1 << 20
	for _, size := range []struct{ services, addresses int }{{600, 600}, {1200, 3500}} {
		t.Run(fmt.Sprintf("%dx%d", size.services, size.addresses), func(t *testing.T) {
			server := serve(t, "127.0.0.1:0")
			bomb(server, "_a._tcp.x", size.services, size.addresses)
			q := asking()
			q.Name, q.MaxAddresses = "_a._tcp.x", 1
			r, changed := onTheWire(t, server, nil)
			var got resolve.Answer
			took := allocated(func() {
				r.Apply("orders", one(q))
				got = await(t, r, changed, q.Name, func(a resolve.Answer) bool { return !a.Pending })
			})
			if len(got.Records) != 1 || !got.Truncated || got.Stale {
				t.Errorf("%d records, truncated %t, stale %t; want 1 of too many", len(got.Records), got.Truncated, got.Stale)
			}
			// The server of the test is part of it.
			if took > 48*mebibyte {
				t.Errorf("%d MiB were allocated", took/mebibyte)
			}
		})
	}
}
