package resolve_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"github.com/external-endpoints/operator/probes/resolve"
	"github.com/external-endpoints/operator/probes/resolve/resolvetest"
)

var works = resolvetest.Name{TTL: 60, Addresses: list("192.0.2.1")}

// took looks the name up, and returns how long that took.
func took(t *testing.T, client *resolve.Client, name string) time.Duration {
	t.Helper()
	began := time.Now()
	if diff := cmp.Diff(good(time.Minute, "192.0.2.1"), client.Lookup(t.Context(), name, resolve.A), compareFound); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
	return time.Since(began)
}

func TestClientAsksAgainWithoutEDNSInTheSameTry(t *testing.T) {
	t.Parallel()
	for _, fault := range []resolvetest.Fault{resolvetest.BareFormErr, resolvetest.BareNotImp, resolvetest.BadVers, resolvetest.BareBadVers} {
		server := serve(t, "127.0.0.1:0")
		name := works
		name.Fault = fault
		server.Set(db, name)
		client := clientOf(t, server)
		for _, questions := range []int{2, 3} { // the server is known by the second lookup
			if spent := took(t, client, db); spent > time.Second {
				t.Errorf("fault %d: the lookup took %s", fault, spent)
			}
			if got := server.Queries(db, dns.TypeA); got != questions {
				t.Errorf("fault %d: %d questions, want %d", fault, got, questions)
			}
		}
	}
}

func TestClientAsksWithoutEDNSWhenAMiddleboxDropsIt(t *testing.T) {
	t.Parallel()
	server := serve(t, "127.0.0.1:0")
	name := works
	name.Fault = resolvetest.SilentToEDNS
	server.Set(db, name)
	client := clientOf(t, server)
	if spent := took(t, client, db); spent > 3*time.Second {
		t.Errorf("the first lookup took %s", spent)
	}
	if spent := took(t, client, db); spent > time.Second {
		t.Errorf("the second lookup took %s, though the server is known by then", spent)
	}
}

func TestClientAsksByTCPWhenUDPIsSilent(t *testing.T) {
	t.Parallel()
	server := serve(t, "127.0.0.1:0")
	name := works
	name.Fault = resolvetest.SilentUDP
	server.Set(db, name)
	client := clientOf(t, server)
	if spent := took(t, client, db); spent > 1900*time.Millisecond {
		t.Errorf("the first lookup took %s, which is more than one try", spent)
	}
	if spent := took(t, client, db); spent > 500*time.Millisecond {
		t.Errorf("the second lookup took %s, though the server is known by then", spent)
	}
}

func TestClientAsksASilentServerAfterTheOthers(t *testing.T) {
	t.Parallel()
	first, second, client := twoServers(t)
	for n := range 10 {
		name := fmt.Sprintf("db%d.example.com", n)
		first.Set(name, resolvetest.Name{Fault: resolvetest.Silence})
		second.Set(name, works)
	}
	slow := 0
	for n := range 10 {
		if took(t, client, fmt.Sprintf("db%d.example.com", n)) > 500*time.Millisecond {
			slow++
		}
	}
	if slow != 1 {
		t.Errorf("%d of 10 lookups waited for the dead server, want the first alone", slow)
	}
}

// A name that hangs must not make a server that answers all others the last choice.
func TestClientKeepsTheOrderOfServersThatAnswer(t *testing.T) {
	t.Parallel()
	first, second, client := twoServers(t)
	first.Set("hanging.example.com", resolvetest.Name{Fault: resolvetest.Silence})
	second.Set("hanging.example.com", works)
	first.Set(db, works)
	done := make(chan struct{})
	go func() {
		defer close(done)
		took(t, client, "hanging.example.com")
	}()
	<-time.After(500 * time.Millisecond)
	took(t, client, db)
	<-done
	took(t, client, db)
	if got := second.Queries(db, dns.TypeA); got != 0 {
		t.Errorf("the second server was asked %d times for a name that the first one knows", got)
	}
}

func TestServiceOfManyTargetsBehindADeadServerCompletes(t *testing.T) {
	t.Parallel()
	first, second, client := twoServers(t)
	var services []resolvetest.Service
	for n := range 40 {
		target := fmt.Sprintf("t%d.example.com", n)
		services = append(services, resolvetest.Service{Target: target, Port: 5432})
		first.Set(target, resolvetest.Name{Fault: resolvetest.Silence})
		second.Set(target, resolvetest.Name{TTL: 60, Addresses: []netip.Addr{ip(n)}})
	}
	first.Set(pg, resolvetest.Name{Fault: resolvetest.Silence})
	second.Set(pg, resolvetest.Name{TTL: 60, Services: services})
	q := asking()
	q.Name, q.MaxAddresses = pg, 64
	r, changed := running(t, client, nil)
	r.Apply("orders", one(q))
	got := await(t, r, changed, pg, func(a resolve.Answer) bool { return !a.Pending })
	if len(got.Records) != 40 || got.Stale {
		t.Errorf("%d records of 40, stale %t", len(got.Records), got.Stale)
	}
}

func TestClientHeedsTheOptionsOfResolvConf(t *testing.T) {
	tests := []struct {
		options string
		want    resolve.ListOptions
	}{
		{"", resolve.ListOptions{Timeout: 2 * time.Second, Attempts: 2}},
		{"options ndots:5", resolve.ListOptions{Timeout: 2 * time.Second, Attempts: 2}},
		{"options timeout:1 attempts:3", resolve.ListOptions{Timeout: time.Second, Attempts: 3}},
		{"options timeout:0 attempts:0", resolve.ListOptions{Timeout: time.Second, Attempts: 1}},
		{"options timeout:30 attempts:99", resolve.ListOptions{Timeout: 5 * time.Second, Attempts: 5}},
		{"options timeout:soon", resolve.ListOptions{Timeout: 2 * time.Second, Attempts: 2}},
		{"options rotate\noptions use-vc", resolve.ListOptions{Timeout: 2 * time.Second, Attempts: 2, Rotate: true, TCP: true}},
		{"# options rotate", resolve.ListOptions{Timeout: 2 * time.Second, Attempts: 2}},
	}
	for _, tt := range tests {
		if got := resolve.OptionsIn("nameserver 192.0.2.1\n" + tt.options + "\n"); got != tt.want {
			t.Errorf("%q: %+v, want %+v", tt.options, got, tt.want)
		}
	}
}

func TestClientRotatesServersAndUsesTCPWhenTold(t *testing.T) {
	t.Parallel()
	first, second, client := twoServersWith(t, "options rotate use-vc\n")
	overTCP := works
	overTCP.Fault = resolvetest.SilentUDP
	first.Set(db, overTCP)
	second.Set(db, overTCP)
	for range 4 {
		if spent := took(t, client, db); spent > 500*time.Millisecond {
			t.Errorf("the lookup took %s", spent)
		}
	}
	if a, b := first.Queries(db, dns.TypeA), second.Queries(db, dns.TypeA); a != 2 || b != 2 {
		t.Errorf("%d and %d questions, want 2 each, none of them by UDP", a, b)
	}
}
