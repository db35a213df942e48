package addresspolicy_test

import (
	"net/netip"
	"testing"

	"github.com/external-endpoints/operator/probes/addresspolicy"
	"github.com/external-endpoints/operator/probes/addresspolicy/addresstest"
)

// embeddings are the ways to write an IPv4 address as an IPv6 one.
var embeddings = map[string]func(v4 [4]byte) netip.Addr{
	"IPv4-mapped":     at(12, "::ffff:0:0"),
	"IPv4-compatible": at(12, "::"),
	"IPv4-translated": at(12, "::ffff:0:0:0"),
	"NAT64":           at(12, "64:ff9b::"),
	"local NAT64":     at(12, "64:ff9b:1::"),
	"6to4":            at(2, "2002::"),
	"ISATAP":          at(12, "2001:db8:1:2:0:5efe::"),
	"global ISATAP":   at(12, "2001:db8::200:5efe:0:0"),
	"6to4 and ISATAP": at(12, "2002:808:808::5efe:0:0"),
}

func at(offset int, base string) func([4]byte) netip.Addr {
	return func(v4 [4]byte) netip.Addr {
		bytes := netip.MustParseAddr(base).As16()
		copy(bytes[offset:], v4[:])
		return netip.AddrFrom16(bytes)
	}
}

// FuzzPolicy holds the policy to what must be true of any address and any ranges.
func FuzzPolicy(f *testing.F) {
	for _, vector := range addresstest.Vectors {
		f.Add(netip.MustParseAddr(vector.Address).WithZone("").AsSlice(), []byte{10, 0, 0, 0}, uint8(8), []byte{10, 1, 0, 0}, uint8(16))
	}
	f.Add([]byte{}, []byte{}, uint8(0), []byte{}, uint8(255))
	f.Add([]byte{1, 2, 3, 4}, netip.MustParseAddr("2002::").AsSlice(), uint8(16), netip.MustParseAddr("::").AsSlice(), uint8(0))

	f.Fuzz(func(t *testing.T, raw, deniedRaw []byte, deniedBits uint8, allowedRaw []byte, allowedBits uint8) {
		addr, _ := netip.AddrFromSlice(raw)
		denied, _ := netip.AddrFromSlice(deniedRaw)
		allowed, _ := netip.AddrFromSlice(allowedRaw)
		policy := addresspolicy.New(
			[]netip.Prefix{netip.PrefixFrom(denied, int(deniedBits))},
			[]netip.Prefix{netip.PrefixFrom(allowed, int(allowedBits))},
		)

		verdict := policy.Allowed(addr)
		if verdict != policy.Allowed(addr.Unmap()) {
			t.Errorf("%s and its unmapped form are judged differently", addr)
		}
		if verdict && !(addresspolicy.Policy{}).Allowed(addr) {
			t.Errorf("%s is always denied, yet allowed by a configured policy", addr)
		}
		if inner := addr.Unmap(); inner.Is4() && !policy.Allowed(inner) {
			for name, embed := range embeddings {
				if outer := embed(inner.As4()); policy.Allowed(outer) {
					t.Errorf("%s is denied, but allowed as %s %s", inner, name, outer)
				}
			}
		}
	})
}
