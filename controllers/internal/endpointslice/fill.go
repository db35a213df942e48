package endpointslice

import (
	"cmp"
	"slices"
)

// fill finds a place for the members that have none (steps 3 and 4).
func (g *group) fill(names names) {
	rest := g.homeless()
	for _, d := range g.writtenAnyway() {
		rest = d.add(rest)
	}
	for len(rest) > 0 {
		d := g.untouchedWithRoom(len(rest))
		if d == nil {
			d = &draft{group: g, name: names.free(g)}
			g.slices = append(g.slices, d)
		}
		rest = d.add(rest)
	}
}

// homeless returns the members without a slice, in the order of their addresses.
func (g *group) homeless() []*member {
	var list []*member
	for i := range g.members {
		if m := &g.members[i]; m.homeless() {
			list = append(list, m)
		}
	}
	return list
}

// writtenAnyway returns the slices that can take endpoints without a further
// write, the fullest first.
func (g *group) writtenAnyway() []*draft {
	var list []*draft
	for _, d := range g.slices {
		if d.dirty && !d.hands {
			list = append(list, d)
		}
	}
	slices.SortStableFunc(list, func(a, b *draft) int { return cmp.Compare(len(b.members), len(a.members)) })
	return list
}

// untouchedWithRoom returns the fullest untouched slice that has room for n
// endpoints, or nil.
func (g *group) untouchedWithRoom(n int) *draft {
	var fullest *draft
	for _, d := range g.slices {
		fits := !d.dirty && len(d.members)+n <= MaxEndpoints
		if fits && (fullest == nil || len(d.members) > len(fullest.members)) {
			fullest = d
		}
	}
	return fullest
}
