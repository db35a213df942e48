package resolve_test

import (
	"fmt"
	"net/netip"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

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

// One tenant owns a zone whose answers are as large as they can be, another has a
// thousand names that hang. A name of a third one is looked up at once, again and again,
// and memory stays within bounds.
func TestResolverSurvivesHostileZones(t *testing.T) {
	const mebibyte = 1 << 20
	server := serve(t, "127.0.0.1:0")
	var hostile, hanging []resolve.Question
	for n := range 20 {
		q := asking()
		q.Name, q.MaxAddresses, q.MinTTL = fmt.Sprintf("_a._tcp.x%d.example.com", n), 256, time.Second
		bomb(server, q.Name, 1200, 3500)
		hostile = append(hostile, q)
	}
	for n := range 1000 {
		q := asking()
		q.Name = fmt.Sprintf("hanging%d.example.com", n)
		server.Set(q.Name, resolvetest.Name{Fault: resolvetest.Silence})
		hanging = append(hanging, q)
	}
	server.Set(db, resolvetest.Name{Addresses: []netip.Addr{ip(1)}})
	r, changed := running(t, clientOf(t, server), nil)

	var peak atomic.Uint64
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			var now runtime.MemStats
			runtime.ReadMemStats(&now)
			peak.Store(max(peak.Load(), now.HeapAlloc))
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	r.Apply("hostile", hostile)
	r.Apply("hanging", hanging)
	for range 10 {
		began := time.Now()
		r.Apply("orders", one(asking()))
		await(t, r, changed, db, func(a resolve.Answer) bool { return !a.Pending && len(a.Records) == 1 })
		// The server of the test and its thousands of records take the same two CPUs.
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("a new name was known after %s", took)
		}
		r.Forget("orders")
		<-time.After(300 * time.Millisecond)
	}
	close(stop)
	<-stopped
	if got := peak.Load(); got > 64*mebibyte {
		t.Errorf("the heap was %d MiB at its largest, the server of the test included", got/mebibyte)
	} else {
		t.Logf("the heap was %d MiB at its largest, the server of the test included", got/mebibyte)
	}
}
