package addresspolicy

import (
	"net/netip"
	"slices"
)

// forms are the IPv6 prefixes that carry an IPv4 address at a known place.
// IPv4-mapped addresses (::ffff:a.b.c.d) are not among them: Unmap handles those.
var forms = []struct {
	prefix netip.Prefix
	// offset is the index of the first of the four bytes.
	offset int
}{
	{netip.MustParsePrefix("::/96"), 12},           // IPv4-compatible, RFC 4291 2.5.5.1
	{netip.MustParsePrefix("::ffff:0:0:0/96"), 12}, // IPv4-translated, RFC 2765
	{netip.MustParsePrefix("64:ff9b::/96"), 12},    // NAT64, RFC 6052
	{netip.MustParsePrefix("2002::/16"), 2},        // 6to4, RFC 3056
}

// isatap are the two middle groups of an ISATAP interface identifier (RFC 5214, 6.1): the
// universal/local bit is set where the IPv4 address inside is globally unique. The prefix
// before them can be any.
var isatap = [][4]byte{{0x00, 0x00, 0x5e, 0xfe}, {0x02, 0x00, 0x5e, 0xfe}}

// embedded returns the IPv4 addresses that an unmapped IPv6 address carries. There can be
// two: a 6to4 prefix can have an ISATAP interface identifier behind it.
func embedded(addr netip.Addr) []netip.Addr {
	if !addr.Is6() {
		return nil
	}
	var inside []netip.Addr
	bytes := addr.As16()
	for _, form := range forms {
		if form.prefix.Contains(addr) {
			inside = append(inside, netip.AddrFrom4([4]byte(bytes[form.offset:form.offset+4])))
		}
	}
	if slices.Contains(isatap, [4]byte(bytes[8:12])) {
		inside = append(inside, netip.AddrFrom4([4]byte(bytes[12:])))
	}
	return inside
}
