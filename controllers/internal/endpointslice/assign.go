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
func assign(owner Owner, existing []*discoveryv1.EndpointSlice, groups []*group) (names, []*draft) {
	taken := newNames(owner)
	byKey, byPrefix := map[string]*group{}, map[string]*group{}
	for _, g := range groups {
		byKey[g.key], byPrefix[taken.prefix(g)] = g, g
	}
	sorted := slices.Clone(existing)
	slices.SortFunc(sorted, func(a, b *discoveryv1.EndpointSlice) int { return cmp.Compare(a.Name, b.Name) })

	var orphans []*draft
	var key []byte
	for _, slice := range sorted {
		taken.take(slice.Name)
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
		d := &draft{group: g, existing: slice}
		if g == nil || g.family != slice.AddressType {
			orphans = append(orphans, d)
			continue
		}
		d.hidden = !complete || string(key) != g.key
		g.slices = append(g.slices, d)
	}
	return taken, orphans
}
