package resolve_test

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"github.com/external-endpoints/operator/probes/resolve"
	"github.com/external-endpoints/operator/probes/resolve/resolvetest"
)

// db drifts by nothing: its hash leaves no jitter, so that tests can tell to the second
// when it is asked.
const db = "db994.example.com"

func serve(t *testing.T, address string) *resolvetest.Server {
	t.Helper()
	server, err := resolvetest.Start(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return server
}

// resolvConf writes a list of servers.
func resolvConf(t *testing.T, path string, servers ...netip.Addr) string {
	t.Helper()
	var text strings.Builder
	text.WriteString("search example.com\noptions ndots:5\n")
	for _, server := range servers {
		fmt.Fprintf(&text, "nameserver %s\n", server)
	}
	if path == "" {
		path = filepath.Join(t.TempDir(), "resolv.conf")
	}
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// clientOf asks this server alone.
func clientOf(t *testing.T, server *resolvetest.Server) *resolve.Client {
	t.Helper()
	return resolve.NewClient(resolve.ClientOptions{
		ResolvConf: resolvConf(t, "", server.AddrPort().Addr()), Port: server.AddrPort().Port(),
	})
}

// lookuperOf asks this server, for an example that has no testing.T. It is to be
// closed.
func lookuperOf(server *resolvetest.Server) (lookuper resolve.Lookuper, closeIt func()) {
	file, err := os.CreateTemp("", "resolv.conf")
	if err != nil {
		panic(err)
	}
	fmt.Fprintf(file, "nameserver %s\n", server.AddrPort().Addr())
	_ = file.Close()
	client := resolve.NewClient(resolve.ClientOptions{ResolvConf: file.Name(), Port: server.AddrPort().Port()})
	return client, func() { _ = os.Remove(file.Name()) }
}

func list(texts ...string) []netip.Addr {
	var addresses []netip.Addr
	for _, text := range texts {
		addresses = append(addresses, netip.MustParseAddr(text))
	}
	return addresses
}

func good(ttl time.Duration, texts ...string) resolve.Found {
	return resolve.Found{Result: resolve.Good, TTL: ttl, Addresses: list(texts...)}
}

func failed(result resolve.Result) resolve.Found { return resolve.Found{Result: result} }

var compareFound = cmp.Comparer(func(a, b netip.Addr) bool { return a == b })

func TestWhatALookupFinds(t *testing.T) {
	minute := resolvetest.Name{TTL: 60, Addresses: list("192.0.2.2", "192.0.2.1", "2001:db8::1")}
	but := func(change func(*resolvetest.Name)) resolvetest.Name {
		n := minute
		change(&n)
		return n
	}
	faulty := func(fault resolvetest.Fault) resolvetest.Name {
		return but(func(n *resolvetest.Name) { n.Fault = fault })
	}
	code := func(rcode int) resolvetest.Name { return but(func(n *resolvetest.Name) { n.Rcode = rcode }) }
	tests := []struct {
		name string
		says resolvetest.Name
		kind resolve.Kind
		want resolve.Found
	}{
		{"IPv4 addresses", minute, resolve.A, good(time.Minute, "192.0.2.1", "192.0.2.2")},
		{"IPv6 addresses", minute, resolve.AAAA, good(time.Minute, "2001:db8::1")},
		{"an address that is there twice", resolvetest.Name{TTL: 1, Addresses: list("192.0.2.1", "192.0.2.1")}, resolve.A, good(time.Second, "192.0.2.1")},
		{"no record of the kind", minute, resolve.SRV, failed(resolve.NoData)},
		{"a TTL of zero", but(func(n *resolvetest.Name) { n.TTL = 0 }), resolve.AAAA, good(0, "2001:db8::1")},
		{"the longest TTL", but(func(n *resolvetest.Name) { n.TTL = 1<<31 - 1 }), resolve.AAAA, good((1<<31-1)*time.Second, "2001:db8::1")},
		{"a TTL of 2^31", but(func(n *resolvetest.Name) { n.TTL = 1 << 31 }), resolve.AAAA, good(0, "2001:db8::1")},
		{"a TTL of all ones", but(func(n *resolvetest.Name) { n.TTL = 1<<32 - 1 }), resolve.AAAA, good(0, "2001:db8::1")},
		{"a name that does not exist", code(dns.RcodeNameError), resolve.A, failed(resolve.NXDomain)},
		{"a server failure", code(dns.RcodeServerFailure), resolve.A, failed(resolve.Servfail)},
		{"a refusal", code(dns.RcodeRefused), resolve.A, failed(resolve.Refused)},
		{"a code that is none of those", code(dns.RcodeNotImplemented), resolve.A, failed(resolve.Servfail)},
		{"a server before EDNS", faulty(resolvetest.NoEDNS), resolve.AAAA, good(time.Minute, "2001:db8::1")},
		{"a server that refuses EDNS with a header alone", faulty(resolvetest.BareFormErr), resolve.AAAA, good(time.Minute, "2001:db8::1")},
		{"one that does not implement it", faulty(resolvetest.BareNotImp), resolve.AAAA, good(time.Minute, "2001:db8::1")},
		{"one of another version of EDNS", faulty(resolvetest.BadVers), resolve.AAAA, good(time.Minute, "2001:db8::1")},
		{"one of another version, without the question", faulty(resolvetest.BareBadVers), resolve.AAAA, good(time.Minute, "2001:db8::1")},
		{"a forged refusal of EDNS before the true answer", faulty(resolvetest.ForgedBareFormErr), resolve.AAAA, good(time.Minute, "2001:db8::1")},
		{"an answer cut short by TCP too", faulty(resolvetest.Truncated), resolve.A, failed(resolve.Truncated)},
		{"an answer cut short, and no TCP", faulty(resolvetest.NoTCP), resolve.A, failed(resolve.Truncated)},
		{"forged answers before the true one", faulty(resolvetest.Forged), resolve.A, good(time.Minute, "192.0.2.1", "192.0.2.2")},
	}
	server := serve(t, "127.0.0.1:0")
	client := clientOf(t, server)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server.Set(db, tt.says)
			got := client.Lookup(t.Context(), db, tt.kind)
			if diff := cmp.Diff(tt.want, got, compareFound); diff != "" {
				t.Errorf("found (-want +got):\n%s", diff)
			}
		})
	}
}

func TestANameThatIsNotOneDoesNotExist(t *testing.T) {
	client := clientOf(t, serve(t, "127.0.0.1:0"))
	name := strings.Repeat("a", 64) + ".example.com"
	if got := client.Lookup(t.Context(), name, resolve.A); got.Result != resolve.NXDomain {
		t.Errorf("a label of 64 characters: %s", got.Result)
	}
}

func TestNoSearchDomainIsTried(t *testing.T) {
	server := serve(t, "127.0.0.1:0")
	server.Set(db, resolvetest.Name{Addresses: list("192.0.2.1")})
	if got := clientOf(t, server).Lookup(t.Context(), "db", resolve.A); got.Result != resolve.NXDomain {
		t.Errorf("db with a search domain example.com: %s", got.Result)
	}
}

// Answers that nobody sent us end no wait: whoever waits gets the right one or none.
func TestWhatIsNoAnswerIsWaitedOut(t *testing.T) {
	for fault, want := range map[resolvetest.Fault]resolve.Result{
		resolvetest.Silence:       resolve.Timeout,
		resolvetest.Garbage:       resolve.Garbage,
		resolvetest.WrongID:       resolve.Garbage,
		resolvetest.WrongQuestion: resolve.Garbage,
		resolvetest.WrongKind:     resolve.Garbage,
		resolvetest.Echo:          resolve.Garbage,
	} {
		t.Run(fmt.Sprint(fault, " ", want), func(t *testing.T) {
			t.Parallel()
			server := serve(t, "127.0.0.1:0")
			server.Set(db, resolvetest.Name{Addresses: list("192.0.2.1"), Fault: fault})
			client := clientOf(t, server)
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			began := time.Now()
			if got := client.Lookup(ctx, db, resolve.A); got.Result != want || len(got.Addresses) > 0 {
				t.Errorf("found %+v, want %s", got, want)
			}
			if took := time.Since(began); took < 150*time.Millisecond || took > time.Second {
				t.Errorf("took %s with 200ms allowed", took)
			}
		})
	}
}

func TestALookupEndsWithItsContext(t *testing.T) {
	server := serve(t, "127.0.0.1:0")
	server.Set(db, resolvetest.Name{Fault: resolvetest.Silence})
	client := clientOf(t, server)
	ctx, cancel := context.WithCancel(t.Context())
	defer time.AfterFunc(50*time.Millisecond, cancel).Stop()
	began := time.Now()
	client.Lookup(ctx, db, resolve.A)
	if took := time.Since(began); took > time.Second {
		t.Errorf("took %s after it was cancelled", took)
	}
}

func TestAnswersOfThousands(t *testing.T) {
	server := serve(t, "127.0.0.1:0")
	v4, v6 := resolvetest.Many(netip.MustParseAddr("198.18.0.1"), 4000), resolvetest.Many(netip.MustParseAddr("2001:db8::1"), 1000)
	server.Set(db, resolvetest.Name{TTL: 60, Addresses: append(v4, v6...)})
	client := clientOf(t, server)
	for kind, want := range map[resolve.Kind]int{resolve.A: 4000, resolve.AAAA: 1000} {
		if got := client.Lookup(t.Context(), db, kind); got.Result != resolve.Good || len(got.Addresses) != want {
			t.Errorf("%s with %d addresses, want %d", got.Result, len(got.Addresses), want)
		}
	}

	// More than the 64 KiB of any DNS message.
	server.Set(db, resolvetest.Name{TTL: 60, Addresses: resolvetest.Many(netip.MustParseAddr("198.18.0.1"), 5000)})
	if diff := cmp.Diff(failed(resolve.Truncated), client.Lookup(t.Context(), db, resolve.A), compareFound); diff != "" {
		t.Errorf("5000 addresses of one family (-want +got):\n%s", diff)
	}
}
