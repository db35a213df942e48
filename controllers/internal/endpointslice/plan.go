package endpointslice

import (
	"net/netip"
	"slices"

	discoveryv1 "k8s.io/api/discovery/v1"
)

// Plan returns the writes that lead from the existing slices to the desired endpoints, in the
// order in which they must be made; none if the slices are up to date. Of the existing slices,
// which may include foreign ones, only the owner's are written. They are not changed in place.
func Plan(owner Owner, existing []*discoveryv1.EndpointSlice, desired []Endpoint) []Write {
	metadata := sliceMetadata(owner)
	groups := groupsOf(desired)
	names, orphans := assign(owner, existing, groups)
	for _, g := range groups {
		g.hint(owner.Hints)
		for _, d := range g.slices {
			d.keep(metadata)
		}
	}
	moving := movingAddresses(groups)
	for _, g := range groups {
		for _, d := range g.slices {
			d.movesOut = d.movesOut || moving.containsAny(d.dropped)
		}
		g.fill(names)
	}
	var plans []*slicePlan
	for _, g := range groups {
		plans = append(plans, g.slices...)
	}
	return inOrder(append(plans, orphans...), owner, metadata)
}

// addresses is a set of addresses.
type addresses map[netip.Addr]struct{}

// movingAddresses returns the addresses that some slice is about to gain, or to
// make ready: an older copy elsewhere must wait until then.
func movingAddresses(groups []*group) addresses {
	moving := addresses{}
	for _, g := range groups {
		for i := range g.members {
			if m := &g.members[i]; m.unassigned() {
				moving[m.address] = struct{}{}
			}
		}
		for _, d := range g.slices {
			for _, address := range d.raised {
				moving[address] = struct{}{}
			}
		}
	}
	return moving
}

func (a addresses) containsAny(list []netip.Addr) bool {
	return slices.ContainsFunc(list, func(address netip.Addr) bool {
		_, contained := a[address]
		return contained
	})
}
