package endpointslice

import (
	"cmp"
	"slices"

	discoveryv1 "k8s.io/api/discovery/v1"
)

// assign gives each slice of the owner to its group, in the order of their names.
// It returns the names that are taken, and the slices of no group.
//
// A slice that is being deleted holds nothing, but its name is still taken.
func assign(owner Owner, existing []*discoveryv1.EndpointSlice, groups []*group) (names, []*slicePlan) {
	taken := newNames(owner)
	byKey, byPrefix := map[string]*group{}, map[string]*group{}
	for _, g := range groups {
		byKey[g.key], byPrefix[taken.prefix(g)] = g, g
	}
	sorted := slices.Clone(existing)
	slices.SortFunc(sorted, func(a, b *discoveryv1.EndpointSlice) int { return cmp.Compare(a.Name, b.Name) })

	var orphans []*slicePlan
	var key []byte
	for _, slice := range sorted {
		taken.reserve(slice.Name)
		if slice.DeletionTimestamp != nil || !Owned(slice, owner.Reference.UID) {
			continue
		}
		ports, complete := portsOf(slice)
		key = appendGroupKey(key[:0], slice.AddressType, ports)
		g := byKey[string(key)]
		if g == nil || !complete {
			// The name identifies the group even when another client changed the ports.
			g = byPrefix[prefixOf(slice.Name)]
		}
		d := &slicePlan{group: g, existing: slice}
		if g == nil || g.family != slice.AddressType {
			orphans = append(orphans, d)
			continue
		}
		d.hidden = !complete || string(key) != g.key
		g.slices = append(g.slices, d)
	}
	return taken, orphans
}

// fill finds a place for the members that have none (steps 3 and 4).
func (g *group) fill(names names) {
	rest := g.unassigned()
	for _, d := range g.writtenAnyway() {
		rest = d.add(rest)
	}
	for len(rest) > 0 {
		d := g.untouchedWithRoom(len(rest))
		if d == nil {
			d = &slicePlan{group: g, name: names.free(g)}
			g.slices = append(g.slices, d)
		}
		rest = d.add(rest)
	}
}

// unassigned returns the members without a slice, in the order of their addresses.
func (g *group) unassigned() []*member {
	var list []*member
	for i := range g.members {
		if m := &g.members[i]; m.unassigned() {
			list = append(list, m)
		}
	}
	return list
}

// writtenAnyway returns the slices that can take endpoints without a further
// write, the fullest first.
func (g *group) writtenAnyway() []*slicePlan {
	var list []*slicePlan
	for _, d := range g.slices {
		if d.dirty && !d.movesOut {
			list = append(list, d)
		}
	}
	slices.SortStableFunc(list, func(a, b *slicePlan) int { return cmp.Compare(len(b.members), len(a.members)) })
	return list
}

// untouchedWithRoom returns the fullest untouched slice that has room for n
// endpoints, or nil.
func (g *group) untouchedWithRoom(n int) *slicePlan {
	var fullest *slicePlan
	for _, d := range g.slices {
		fits := !d.dirty && len(d.members)+n <= MaxEndpoints
		if fits && (fullest == nil || len(d.members) > len(fullest.members)) {
			fullest = d
		}
	}
	return fullest
}
