package addresspolicy_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/external-endpoints/operator/probes/addresspolicy"
	"github.com/external-endpoints/operator/probes/addresspolicy/addresstest"
)

func prefixes(texts ...string) []netip.Prefix {
	parsed := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		parsed[i] = netip.MustParsePrefix(text)
	}
	return parsed
}

// class returns what the error of a check names, "" for none.
func class(t *testing.T, policy addresspolicy.Policy, addr netip.Addr) addresspolicy.Class {
	t.Helper()
	err := policy.Check(addr)
	if allowed := policy.Allowed(addr); allowed != (err == nil) {
		t.Errorf("Allowed(%s) = %t, but Check says %v", addr, allowed, err)
	}
	var denied *addresspolicy.DeniedError
	if err != nil && !errors.As(err, &denied) {
		t.Fatalf("Check(%s) = %v, want a *DeniedError", addr, err)
	}
	if denied == nil {
		return ""
	}
	return denied.Class
}

func TestAlwaysDenied(t *testing.T) {
	everywhere := prefixes("0.0.0.0/0", "::/0")
	for _, vector := range addresstest.Vectors {
		t.Run("an address that is "+vector.Sentence, func(t *testing.T) {
			addr := netip.MustParseAddr(vector.Address)
			if got := class(t, addresspolicy.Policy{}, addr); got != vector.Class {
				t.Errorf("%s is %q, want %q", addr, got, vector.Class)
			}
			if got := class(t, addresspolicy.New(nil, everywhere), addr); got != vector.Class {
				t.Errorf("with everything allowed, %s is %q, want %q", addr, got, vector.Class)
			}
		})
	}
}

func TestConfiguredRanges(t *testing.T) {
	policy := addresspolicy.New(
		prefixes("10.0.0.0/8", "10.96.0.0/12", "192.0.2.7/32", "2001:db8:1::/48", "2002:808::/32", "::ffff:172.16.0.0/108", "198.51.100.9/24"),
		prefixes("10.1.0.0/16", "2001:db8:1:1::/64", "64:ff9b::/96", "127.0.0.0/8"),
	)
	tests := []struct {
		sentence, address string
		want              addresspolicy.Class
	}{
		{"an address in a denied range is denied", "10.2.0.1", addresspolicy.DeniedRange},
		{"an exception from a denied range is allowed", "10.1.2.3", ""},
		{"a single denied address is denied", "192.0.2.7", addresspolicy.DeniedRange},
		{"its neighbour is not", "192.0.2.8", ""},
		{"an IPv6 range is denied", "2001:db8:1::1", addresspolicy.DeniedRange},
		{"an exception from an IPv6 range is allowed", "2001:db8:1:1::1", ""},
		{"a denied IPv4 address is denied in IPv4-mapped form", "::ffff:10.2.0.1", addresspolicy.DeniedRange},
		{"an exception holds in IPv4-mapped form", "::ffff:10.1.2.3", ""},
		{"a denied IPv4 address is denied behind NAT64, though the outer form is allowed", "64:ff9b::10.2.0.1", addresspolicy.DeniedRange},
		{"an exception holds behind NAT64", "64:ff9b::10.1.2.3", ""},
		{"a denied IPv4 address is denied over 6to4", "2002:a02:1::", addresspolicy.DeniedRange},
		{"the outer form can be denied by itself", "2002:808:808::", addresspolicy.DeniedRange},
		{"a range in IPv4-mapped form means the IPv4 range", "172.16.5.5", addresspolicy.DeniedRange},
		{"a range with host bits means the whole range", "198.51.100.200", addresspolicy.DeniedRange},
		{"loopback has no exception", "127.0.0.1", addresspolicy.Loopback},
	}
	for _, test := range tests {
		t.Run(test.sentence, func(t *testing.T) {
			if got := class(t, policy, netip.MustParseAddr(test.address)); got != test.want {
				t.Errorf("%s is %q, want %q", test.address, got, test.want)
			}
		})
	}
}

func TestTheClustersOwnRangesAreDenied(t *testing.T) {
	for _, vector := range addresstest.ClusterVectors {
		t.Run("an address that is "+vector.Sentence, func(t *testing.T) {
			if got := class(t, addresstest.Policy(), netip.MustParseAddr(vector.Address)); got != vector.Class {
				t.Errorf("%s is %q, want %q", vector.Address, got, vector.Class)
			}
		})
	}
	for _, vector := range addresstest.Vectors {
		if vector.Denied() {
			everywhere := prefixes("0.0.0.0/0", "::/0")
			policy := addresspolicy.New(nil, everywhere).WithCluster(everywhere)
			if got := class(t, policy, netip.MustParseAddr(vector.Address)); got != vector.Class {
				t.Errorf("in a cluster with exceptions for everything, %s is %q, want %q", vector.Address, got, vector.Class)
			}
		}
	}
}

func TestAPolicyDoesNotChange(t *testing.T) {
	node, other := netip.MustParseAddr("192.0.2.10"), netip.MustParseAddr("192.0.2.20")
	before := addresspolicy.New(nil, nil)
	first := before.WithCluster(prefixes("192.0.2.10/32"))
	second := first.WithCluster(prefixes("192.0.2.20/32"))
	for name, got := range map[string]bool{
		"without a cluster, a node is allowed":         before.Allowed(node),
		"a cluster's ranges do not deny other things":  first.Allowed(other),
		"a cluster's node is denied":                   !first.Allowed(node),
		"new ranges of the cluster replace the former": second.Allowed(node),
		"new ranges of the cluster are denied":         !second.Allowed(other),
	} {
		if !got {
			t.Errorf("not so: %s", name)
		}
	}

	live := addresspolicy.NewLive(before)
	if err := live.Check(node); err != nil {
		t.Errorf("before anything is known of the cluster: %v", err)
	}
	live.Set(first)
	if live.Check(node) == nil {
		t.Error("the policy that was put in force does not count")
	}
}

func TestInvalidInput(t *testing.T) {
	policy := addresspolicy.New([]netip.Prefix{{}, netip.MustParsePrefix("10.0.0.0/8")}, []netip.Prefix{{}})
	if got := class(t, policy, netip.Addr{}); got != addresspolicy.Invalid {
		t.Errorf("the zero address is %q, want %q", got, addresspolicy.Invalid)
	}
	if got := class(t, policy, netip.MustParseAddr("10.0.0.1")); got != addresspolicy.DeniedRange {
		t.Errorf("beside an invalid prefix, a valid one does not count: %q", got)
	}
}

func TestErrorHoldsNoAddress(t *testing.T) {
	for _, vector := range addresstest.Vectors {
		err := addresspolicy.Policy{}.Check(netip.MustParseAddr(vector.Address))
		if err != nil && strings.ContainsAny(err.Error(), "0123456789") {
			t.Errorf("the error for %s holds digits: %v", vector.Address, err)
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	nodes := make([]netip.Prefix, 0, 5000)
	for addr := netip.MustParseAddr("10.0.0.1"); len(nodes) < cap(nodes); addr = addr.Next() {
		nodes = append(nodes, netip.PrefixFrom(addr, addr.BitLen()))
	}
	policy := addresspolicy.New(nodes, nil)
	host := netip.MustParseAddr("203.0.113.10")
	b.ReportAllocs()
	for b.Loop() {
		if !policy.Allowed(host) {
			b.Fatal("denied")
		}
	}
}
