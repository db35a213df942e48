package resolve_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"github.com/external-endpoints/operator/probes/resolve"
	"github.com/external-endpoints/operator/probes/resolve/resolvetest"
)

// twoServers listen on one port of two addresses.
func twoServers(t *testing.T) (first, second *resolvetest.Server, client *resolve.Client) {
	t.Helper()
	return twoServersWith(t, "")
}

// twoServersWith has more lines in the list of servers.
func twoServersWith(t *testing.T, lines string) (first, second *resolvetest.Server, client *resolve.Client) {
	t.Helper()
	first = serve(t, "127.0.0.1:0")
	second = serve(t, netip.AddrPortFrom(netip.MustParseAddr("127.0.0.2"), first.AddrPort().Port()).String())
	path := resolvConf(t, "", first.AddrPort().Addr(), second.AddrPort().Addr())
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append([]byte(lines), text...), 0o600); err != nil {
		t.Fatal(err)
	}
	client = resolve.NewClient(resolve.ClientOptions{ResolvConf: path, Port: first.AddrPort().Port()})
	return first, second, client
}

func TestServersAreAskedInTurn(t *testing.T) {
	tests := []struct {
		name          string
		first, second resolvetest.Name
		want          resolve.Found
		asked         int // times the second one is asked
	}{
		{"the first knows", works, resolvetest.Name{}, good(time.Minute, "192.0.2.1"), 0},
		{"the first says that there is nothing", resolvetest.Name{}, works, failed(resolve.NoData), 0},
		{"the first fails", resolvetest.Name{Rcode: dns.RcodeServerFailure}, works, good(time.Minute, "192.0.2.1"), 1},
		{"the first refuses", resolvetest.Name{Rcode: dns.RcodeRefused}, works, good(time.Minute, "192.0.2.1"), 1},
		{"the first cuts short", resolvetest.Name{Fault: resolvetest.Truncated}, works, good(time.Minute, "192.0.2.1"), 1},
		{"the first is silent", resolvetest.Name{Fault: resolvetest.Silence}, works, good(time.Minute, "192.0.2.1"), 1},
		{"both fail", resolvetest.Name{Rcode: dns.RcodeRefused}, resolvetest.Name{Rcode: dns.RcodeServerFailure}, failed(resolve.Refused), 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			first, second, client := twoServers(t)
			first.Set(db, tt.first)
			second.Set(db, tt.second)
			if diff := cmp.Diff(tt.want, client.Lookup(t.Context(), db, resolve.A), compareFound); diff != "" {
				t.Errorf("found (-want +got):\n%s", diff)
			}
			if got := second.Queries(db, dns.TypeA); got != tt.asked {
				t.Errorf("the second server was asked %d times, want %d", got, tt.asked)
			}
		})
	}
}

// One lost packet must not make a name stale.
func TestASilentServerIsAskedOnceMore(t *testing.T) {
	t.Parallel()
	server := serve(t, "127.0.0.1:0")
	server.Set(db, resolvetest.Name{Fault: resolvetest.Silence})
	client := clientOf(t, server)
	result := make(chan resolve.Found)
	go func() { result <- client.Lookup(t.Context(), db, resolve.A) }()
	for server.Queries(db, dns.TypeA) == 0 {
		<-time.After(time.Millisecond)
	}
	server.Set(db, resolvetest.Name{TTL: 60, Addresses: list("192.0.2.1")})
	if diff := cmp.Diff(good(time.Minute, "192.0.2.1"), <-result, compareFound); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
}

func TestAServerThatIsNotThereIsPassedOver(t *testing.T) {
	server := serve(t, "127.0.0.2:0")
	server.Set(db, resolvetest.Name{TTL: 60, Addresses: list("192.0.2.1")})
	client := resolve.NewClient(resolve.ClientOptions{
		ResolvConf: resolvConf(t, "", netip.MustParseAddr("127.0.0.3"), server.AddrPort().Addr()), Port: server.AddrPort().Port(),
	})
	began := time.Now()
	got := client.Lookup(t.Context(), db, resolve.A)
	if diff := cmp.Diff(good(time.Minute, "192.0.2.1"), got, compareFound); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("took %s though nothing listens at the first server's address", took)
	}
}

// A list of servers is read again when a lookup comes 5 s later, and what was read
// before stays when the file is gone.
func TestTheListOfServersIsReadAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "resolv.conf")
	list := resolve.NewServers(path)
	synctest.Test(t, func(t *testing.T) {
		if got, err := list(); err == nil {
			t.Errorf("without a file: %v", got)
		}
		steps := []struct {
			name string
			text string
			pass time.Duration
			want string
		}{
			{"once there is a file", "nameserver 192.0.2.1\n", 0, "[192.0.2.1:53]"},
			{"changed just now", "nameserver 192.0.2.2\n", 4 * time.Second, "[192.0.2.1:53]"},
			{"changed", "nameserver 192.0.2.2\nnameserver 2001:db8::1\n", time.Second, "[192.0.2.2:53 [2001:db8::1]:53]"},
			{"emptied", "", 5 * time.Second, "[192.0.2.2:53 [2001:db8::1]:53]"},
			{"with more than three", "nameserver 192.0.2.1\nnameserver nonsense\nnameserver 192.0.2.2\n" +
				"nameserver 192.0.2.3\nnameserver 192.0.2.4\n", 5 * time.Second, "[192.0.2.1:53 192.0.2.2:53 192.0.2.3:53]"},
		}
		for _, step := range steps {
			if err := os.WriteFile(path, []byte(step.text), 0o600); err != nil {
				t.Fatal(err)
			}
			<-time.After(step.pass)
			if got, err := list(); err != nil || got != step.want {
				t.Errorf("%s: %s, %v; want %s", step.name, got, err, step.want)
			}
		}
	})
}

func TestWithoutAServerTheProberIsBroken(t *testing.T) {
	client := resolve.NewClient(resolve.ClientOptions{ResolvConf: filepath.Join(t.TempDir(), "none")})
	if got := client.Lookup(t.Context(), db, resolve.A); got.Result != resolve.Broken {
		t.Errorf("without a list of servers: %s", got.Result)
	}
}
