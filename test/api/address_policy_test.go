package api_test

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"

	"github.com/external-endpoints/operator/probes/addresspolicy"
	"github.com/external-endpoints/operator/probes/addresspolicy/addresstest"
)

// agreeWithPolicy: the rules of the CRD and the policy that the prober asks are
// written twice, in two languages; they must come to the same answers.
func agreeWithPolicy(t *testing.T, api *server) {
	for _, vector := range addresstest.Vectors {
		t.Run(vector.Sentence+" "+vector.Address, func(t *testing.T) {
			wantVerdict(t, api, netip.MustParseAddr(vector.Address), vector.Denied())
		})
	}

	for _, prefix := range deniedIPv4 {
		t.Run(prefix, func(t *testing.T) {
			for _, edge := range edges(netip.MustParsePrefix(prefix)) {
				for _, addr := range forms(edge) {
					wantVerdict(t, api, addr, !addresspolicy.Policy{}.Allowed(addr))
				}
			}
		})
	}
}

// wantVerdict wants an address in its canonical form to be refused as denied or
// to be accepted. Mapped and zoned addresses have no canonical form.
func wantVerdict(t *testing.T, api *server, addr netip.Addr, denied bool) {
	t.Helper()

	err := api.dryCreate(t.Context(), with(t, "spec.hosts[0].address", `"`+addr.String()+`"`))

	says := "must not be"
	if addr.Is4In6() || addr.Zone() != "" {
		denied, says = true, "must be a canonical IPv4 or IPv6 address"
	}

	switch {
	case !denied && err != nil:
		t.Errorf("%s: %v", addr, err)
	case denied && err == nil:
		t.Errorf("%s was accepted", addr)
	case denied && !strings.Contains(err.Error(), "spec.hosts[0].address: Invalid value: \""+addr.String()+"\": "+says):
		t.Errorf("%s: no %q in: %v", addr, says, err)
	}
}

// deniedIPv4 are the ranges whose edges are tried in every form that carries an
// IPv4 address.
var deniedIPv4 = []string{
	"0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "192.88.99.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"100.100.100.200/32", "168.63.129.16/32",
}

// edges returns the first and last address of a range and their neighbours.
func edges(prefix netip.Prefix) []netip.Addr {
	first := prefix.Addr()
	bytes := first.As4()
	last := netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil,
		binary.BigEndian.Uint32(bytes[:])|uint32(1<<(32-prefix.Bits())-1))))

	found := []netip.Addr{first, last}
	for _, neighbour := range []netip.Addr{first.Prev(), last.Next()} {
		if neighbour.IsValid() {
			found = append(found, neighbour)
		}
	}

	return found
}

// forms returns the address itself and the IPv6 addresses that carry it.
func forms(addr netip.Addr) []netip.Addr {
	found := []netip.Addr{addr}

	for _, form := range []struct {
		prefix string
		offset int
	}{{"::", 12}, {"::ffff:0:0:0", 12}, {"64:ff9b::", 12}, {"2002::", 2}, {"2002::1", 2},
		{"2001:db8:1:2:0:5efe::", 12}, {"2001:db8:1:2:200:5efe::", 12}, {"2001:db8::5efe:0:0", 12}, {"2001:db8::200:5efe:0:0", 12},
	} {
		bytes := netip.MustParseAddr(form.prefix).As16()
		copy(bytes[form.offset:], addr.AsSlice())
		found = append(found, netip.AddrFrom16(bytes))
	}

	return found
}
