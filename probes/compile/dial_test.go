package compile_test

import (
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/addresspolicy"
	"github.com/external-endpoints/operator/probes/addresspolicy/addresstest"
	"github.com/external-endpoints/operator/probes/netprobe"
	"github.com/external-endpoints/operator/probes/probestest"
)

func TestDeniedAddressesGetNoPacket(t *testing.T) {
	var connections, datagrams atomic.Int32
	stream := probestest.Serve(func(net.Conn) { connections.Add(1) })(t)
	datagram := probestest.UDP(func([]byte) []byte { datagrams.Add(1); return nil })(t)
	dialer := netprobe.NewDialer(addresspolicy.Policy{}.Check)

	for kind, check := range everyKind() {
		t.Run(kind, func(t *testing.T) {
			port := stream.Port()
			if check.UDP != nil {
				port = datagram.Port()
			}
			prober := compiled(t, check, dialer)
			// The unspecified addresses connect to loopback, as the mapped one does.
			for _, host := range []string{"127.0.0.1", "::ffff:127.0.0.1", "0.0.0.0", "::", "::ffff:0.0.0.0"} {
				target := netip.AddrPortFrom(netip.MustParseAddr(host), port)
				if outcome := prober.Probe(t.Context(), target); outcome != probes.Failed(probes.AddressDenied) {
					t.Errorf("%s: %+v, want AddressDenied", host, outcome)
				}
			}
			for _, vector := range addresstest.Vectors {
				if !vector.Denied() {
					continue
				}
				target := netip.AddrPortFrom(netip.MustParseAddr(vector.Address), port)
				// For some of these the kernel or package net may refuse before the hook
				// is asked; but none is well, and none fails for another reason.
				outcome := prober.Probe(t.Context(), target)
				if outcome.Result == probes.Success || (outcome.Result == probes.Failure && outcome.Reason != probes.AddressDenied) {
					t.Errorf("an address that is %s: %+v", vector.Sentence, outcome)
				}
			}
		})
	}
	if n := connections.Load() + datagrams.Load(); n != 0 {
		t.Errorf("%d packets reached a denied address", n)
	}
}

func TestClusterAddressesGetNoPacket(t *testing.T) {
	policy := addresspolicy.NewLive(addresspolicy.Policy{})
	dialer := netprobe.NewDialer(policy.Check)
	prober := compiled(t, probes.Check{TCP: &probes.TCP{}, Timeout: 50 * time.Millisecond}, dialer)
	policy.Set(addresstest.Policy()) // it became known after the prober was made
	for _, vector := range addresstest.ClusterVectors {
		if !vector.Denied() {
			continue // nothing leaves this machine
		}
		outcome := prober.Probe(t.Context(), netip.AddrPortFrom(netip.MustParseAddr(vector.Address), 80))
		if outcome != probes.Failed(probes.AddressDenied) {
			t.Errorf("an address that is %s: %+v, want AddressDenied", vector.Sentence, outcome)
		}
	}
}

func TestDialerChecksThePolicyOnEveryProbe(t *testing.T) {
	var mu sync.Mutex
	var asked []netip.Addr
	denied := false
	dialer := netprobe.NewDialer(func(addr netip.Addr) error {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, addr)
		if denied {
			return &addresspolicy.DeniedError{Class: addresspolicy.Loopback}
		}
		return nil
	})
	target := probestest.Silent()(t)
	prober := compiled(t, probes.Check{TCP: &probes.TCP{}}, dialer)

	if outcome := prober.Probe(t.Context(), target); outcome != probes.Succeeded() {
		t.Errorf("while allowed: %+v", outcome)
	}
	denied = true
	if outcome := prober.Probe(t.Context(), target); outcome != probes.Failed(probes.AddressDenied) {
		t.Errorf("once denied: %+v", outcome)
	}
	for _, addr := range asked {
		if addr != target.Addr() {
			t.Errorf("the policy was asked about %s, but packets go to %s", addr, target.Addr())
		}
	}
	if len(asked) != 2 {
		t.Errorf("the policy was asked %d times for 2 probes", len(asked))
	}
}

func TestNoProxyIsUsed(t *testing.T) {
	var proxied atomic.Int32
	proxy := probestest.Serve(func(net.Conn) { proxied.Add(1) })(t)
	for _, variable := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"} {
		t.Setenv(variable, "http://"+proxy.String())
		t.Setenv(strings.ToLower(variable), "http://"+proxy.String())
	}
	if outcome := ask(t, get(), probestest.Answers(probestest.OK("ok"))(t)); outcome != probes.Succeeded() {
		t.Errorf("with a proxy in the environment: %+v", outcome)
	}
	if n := proxied.Load(); n != 0 {
		t.Errorf("the proxy got %d connections", n)
	}
}

func TestIPv6(t *testing.T) {
	listener, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		t.Skipf("no IPv6 on loopback: %v", err)
	}
	defer listener.Close()
	target := netip.MustParseAddrPort(listener.Addr().String())
	if outcome := ask(t, probes.Check{TCP: &probes.TCP{}}, target); outcome != probes.Succeeded() {
		t.Errorf("a listening port on ::1: %+v", outcome)
	}
}
