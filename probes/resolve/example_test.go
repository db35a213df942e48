package resolve_test

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/external-endpoints/operator/probes/addresspolicy"
	"github.com/external-endpoints/operator/probes/resolve"
	"github.com/external-endpoints/operator/probes/resolve/resolvetest"
)

// Example is the life of a name as a controller sees it.
func Example() {
	server, err := resolvetest.Start("127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	defer func() { _ = server.Close() }()
	server.Set("_pg._tcp.example.com", resolvetest.Name{TTL: 60, Services: []resolvetest.Service{{Target: "db.example.com", Port: 5433, Priority: 1}}})
	server.Set("db.example.com", resolvetest.Name{TTL: 60, Addresses: []netip.Addr{
		netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("169.254.169.254"),
	}})

	// resolve.NewClient(resolve.ClientOptions{}) asks the servers of /etc/resolv.conf.
	lookuper, closeIt := lookuperOf(server)
	defer closeIt()

	// Once, where everything meets.
	type key struct{ namespace, name string }
	changed := make(chan key, 1)
	var policy addresspolicy.Policy
	resolver := resolve.New(resolve.Options[key]{
		Lookuper: lookuper,
		Allow:    policy.Check,
		Changed:  func(k key) { changed <- k }, // wakes the reconciler
	})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() { _ = resolver.Run(ctx) }()

	// In each reconcile.
	orders := key{"shop", "orders"}
	resolver.Apply(orders, []resolve.Question{{
		Name: "_pg._tcp.example.com", Families: []resolve.Family{resolve.IPv4},
		MaxAddresses: 64, MinTTL: 5 * time.Second, MaxTTL: time.Hour,
	}})
	<-changed
	const keepFor = 24 * time.Hour
	for name, answer := range resolver.Answers(orders) {
		var gone []resolve.Record
		for _, record := range answer.Records {
			var failingSince time.Time // of its verdict; zero while its probes pass
			if at, may := record.ExpiresAt(failingSince, keepFor); may && !time.Now().Before(at) {
				gone = append(gone, record.Record)
				continue
			}
			fmt.Println(record.Address, record.Port, "tier +", record.Priority, "denied:", record.Denied)
		}
		resolver.Drop(orders, name, gone)
	}
	// Output:
	// 169.254.169.254 5433 tier + 1 denied: true
	// 192.0.2.1 5433 tier + 1 denied: false
}
