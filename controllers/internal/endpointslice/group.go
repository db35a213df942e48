package endpointslice

import (
	"cmp"
	"net/netip"
	"slices"

	discoveryv1 "k8s.io/api/discovery/v1"
)

// group is one address family with one list of ports, the endpoints that are
// desired there, and the slices that hold them.
type group struct {
	family discoveryv1.AddressType
	ports  portList
	key    string
	// members are sorted by address, none twice.
	members []member
	// slices are sorted by name, those to be created last.
	slices []*slicePlan
}

// member is one desired endpoint of a group.
type member struct {
	address netip.Addr
	desired *Endpoint
	// forZones are the zones that the hints name; see [Hints].
	forZones []string
	// slice is the slice that holds it; nil while it has none.
	slice *slicePlan
}

// unassigned reports whether the member still needs a slice.
func (m *member) unassigned() bool { return m.slice == nil && !m.desired.Omit }

// groupsOf sorts the desired endpoints into groups, sorted by key.
func groupsOf(desired []Endpoint) []*group {
	known := map[string]*group{}
	var groups []*group
	var key []byte
	for i := range desired {
		e := &desired[i]
		if !e.Address.IsValid() {
			continue
		}
		address := e.Address.Unmap()
		family, ports := familyOf(address), sortedPorts(e.Ports)
		key = appendGroupKey(key[:0], family, ports)
		g := known[string(key)]
		if g == nil {
			g = &group{family: family, ports: ports, key: string(key)}
			known[g.key] = g
			groups = append(groups, g)
		}
		g.members = append(g.members, member{address: address, desired: e})
	}
	for _, g := range groups {
		slices.SortStableFunc(g.members, compareMembers)
		g.members = slices.CompactFunc(g.members, func(a, b member) bool { return a.address == b.address })
	}
	slices.SortFunc(groups, func(a, b *group) int { return cmp.Compare(a.key, b.key) })
	return groups
}

func compareMembers(a, b member) int { return a.address.Compare(b.address) }

// find returns the member with that address, or nil.
func (g *group) find(address netip.Addr) *member {
	i, found := slices.BinarySearchFunc(g.members, address,
		func(m member, a netip.Addr) int { return m.address.Compare(a) })
	if !found {
		return nil
	}
	return &g.members[i]
}

// appendGroupKey appends what identifies a group.
func appendGroupKey(key []byte, family discoveryv1.AddressType, ports portList) []byte {
	return ports.appendKey(append(key, family...))
}

func familyOf(address netip.Addr) discoveryv1.AddressType {
	if address.Is4() {
		return discoveryv1.AddressTypeIPv4
	}
	return discoveryv1.AddressTypeIPv6
}
