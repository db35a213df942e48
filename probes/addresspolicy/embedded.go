package addresspolicy

import "net/netip"

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

// embedded returns the IPv4 address that an unmapped IPv6 address carries.
func embedded(addr netip.Addr) (netip.Addr, bool) {
	if !addr.Is6() {
		return netip.Addr{}, false
	}
	for _, form := range forms {
		if form.prefix.Contains(addr) {
			bytes := addr.As16()
			return netip.AddrFrom4([4]byte(bytes[form.offset : form.offset+4])), true
		}
	}
	return netip.Addr{}, false
}
