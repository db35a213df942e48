package addresspolicy

import (
	"net/netip"
	"slices"
)

// ranges is a set of prefixes that every probe looks up and that may hold every node of a large
// cluster: a lookup costs one map access for each different prefix length, however many prefixes
// there are.
type ranges struct {
	members map[netip.Prefix]struct{}
	// lengths4 and lengths6 are the prefix lengths that occur, in order of appearance.
	lengths4, lengths6 []int
}

// newRanges copies prefixes; invalid ones are left out. A prefix of IPv4-mapped addresses counts as
// the IPv4 prefix.
func newRanges(prefixes []netip.Prefix) ranges {
	set := ranges{members: make(map[netip.Prefix]struct{}, len(prefixes))}
	for _, prefix := range prefixes {
		prefix = unmap(prefix).Masked()
		if !prefix.IsValid() {
			continue
		}
		set.members[prefix] = struct{}{}

		lengths := &set.lengths6
		if prefix.Addr().Is4() {
			lengths = &set.lengths4
		}
		if !slices.Contains(*lengths, prefix.Bits()) {
			*lengths = append(*lengths, prefix.Bits())
		}
	}
	return set
}

// contain reports whether an unmapped address is in one of the prefixes.
func (r ranges) contain(addr netip.Addr) bool {
	lengths := r.lengths6
	if addr.Is4() {
		lengths = r.lengths4
	}
	for _, bits := range lengths {
		prefix, err := addr.Prefix(bits)
		if err != nil {
			return false
		}
		if _, found := r.members[prefix]; found {
			return true
		}
	}
	return false
}

// unmap turns ::ffff:a.b.c.d/96+n into a.b.c.d/n and leaves other prefixes alone.
func unmap(prefix netip.Prefix) netip.Prefix {
	const mapped = 96
	if prefix.Addr().Is4In6() && prefix.Bits() >= mapped {
		return netip.PrefixFrom(prefix.Addr().Unmap(), prefix.Bits()-mapped)
	}
	return prefix
}
