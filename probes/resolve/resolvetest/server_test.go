package resolvetest_test

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"github.com/external-endpoints/operator/probes/resolve/resolvetest"
)

// ask returns the addresses of one answer.
func ask(t *testing.T, server *resolvetest.Server, network, name string) (addresses []string, m *dns.Msg) {
	t.Helper()
	question := new(dns.Msg)
	question.SetQuestion(dns.Fqdn(name), dns.TypeA)
	m, _, err := (&dns.Client{Net: network}).Exchange(question, server.AddrPort().String())
	if err != nil {
		t.Fatal(err)
	}
	for _, rr := range m.Answer {
		if a, ok := rr.(*dns.A); ok {
			addresses = append(addresses, a.A.String())
		}
	}
	return addresses, m
}

func start(t *testing.T) *resolvetest.Server {
	t.Helper()
	server, err := resolvetest.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	return server
}

func TestAddressesAreHandedOutInTurn(t *testing.T) {
	server := start(t)
	server.Set("db.example.com", resolvetest.Name{Addresses: resolvetest.Many(netip.MustParseAddr("192.0.2.1"), 3), Rotate: 2})
	var turns [][]string
	for range 3 {
		turn, _ := ask(t, server, "udp", "DB.example.com")
		turns = append(turns, turn)
	}
	want := [][]string{{"192.0.2.1", "192.0.2.2"}, {"192.0.2.3", "192.0.2.1"}, {"192.0.2.2", "192.0.2.3"}}
	if diff := cmp.Diff(want, turns); diff != "" {
		t.Errorf("turns (-want +got):\n%s", diff)
	}
	if got := server.Queries("db.example.com", dns.TypeA); got != 3 {
		t.Errorf("%d queries counted, 3 sent", got)
	}
}

func TestWhatDoesNotFitIsCutShort(t *testing.T) {
	server := start(t)
	server.Set("db.example.com", resolvetest.Name{Addresses: resolvetest.Many(netip.MustParseAddr("192.0.2.1"), 200)})
	if _, m := ask(t, server, "udp", "db.example.com"); !m.Truncated {
		t.Error("200 addresses in a datagram of 512 bytes")
	}
	if got, m := ask(t, server, "tcp", "db.example.com"); m.Truncated || len(got) != 200 {
		t.Errorf("%d addresses by TCP, cut short: %t", len(got), m.Truncated)
	}
}

func TestANameThatIsNotSetDoesNotExist(t *testing.T) {
	server := start(t)
	server.Set("db.example.com", resolvetest.Name{})
	server.Unset("db.example.com")
	if _, m := ask(t, server, "udp", "db.example.com"); m.Rcode != dns.RcodeNameError {
		t.Errorf("code %s", dns.RcodeToString[m.Rcode])
	}
}
