package addresspolicy

import "net/netip"

// Policy decides about addresses. It does not change after [New] and is safe for
// concurrent use. The zero Policy denies what is always denied and nothing else.
type Policy struct {
	denied, allowed ranges
	// cluster are the cluster's own, denied like those that are configured.
	cluster ranges
}

// New returns a policy that, beyond what is always denied, denies the given
// ranges, with exceptions: an address in both denied and allowed is allowed. No
// exception reaches what is always denied. Invalid prefixes are left out.
func New(denied, allowed []netip.Prefix) Policy {
	return Policy{denied: newRanges(denied), allowed: newRanges(allowed)}
}

// WithCluster returns the policy for a cluster with these ranges of its own,
// which are denied too, with the exceptions that [New] was given. They replace
// those of an earlier WithCluster. p stays as it is.
func (p Policy) WithCluster(own []netip.Prefix) Policy {
	p.cluster = newRanges(own)
	return p
}

// DeniedError says that the policy denies an address, and why. It does not hold
// the address.
type DeniedError struct{ Class Class }

// Error implements error.
func (e *DeniedError) Error() string { return "address denied: " + string(e.Class) }

// Check returns nil for an address that may be probed and published, and a
// [*DeniedError] otherwise.
func (p Policy) Check(addr netip.Addr) error {
	if class := p.class(addr); class != "" {
		return &DeniedError{Class: class}
	}
	return nil
}

// Allowed reports whether addr may be probed and published.
func (p Policy) Allowed(addr netip.Addr) bool { return p.class(addr) == "" }

// class returns why addr is denied, or "".
func (p Policy) class(addr netip.Addr) Class {
	switch {
	case !addr.IsValid():
		return Invalid
	case addr.Zone() != "":
		return Zoned
	}

	addr = addr.Unmap()
	if class := p.judge(addr); class != "" {
		return class
	}
	// The address inside is judged by itself: allowing the outer form is no
	// exception for what it leads to.
	for _, inner := range embedded(addr) {
		if class := p.judge(inner); class != "" {
			return class
		}
	}
	return ""
}

// judge looks at one unmapped address and not at what it carries.
func (p Policy) judge(addr netip.Addr) Class {
	if class := classify(addr); class != "" {
		return class
	}
	var class Class
	switch {
	case p.denied.contain(addr):
		class = DeniedRange
	case p.cluster.contain(addr):
		class = ClusterRange
	}
	if class != "" && p.allowed.contain(addr) {
		return ""
	}
	return class
}
