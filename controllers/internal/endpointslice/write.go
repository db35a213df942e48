package endpointslice

import (
	"cmp"
	"slices"

	discoveryv1 "k8s.io/api/discovery/v1"
)

// Operation is what is done with a slice.
type Operation string

// The operations.
const (
	Create Operation = "create"
	Update Operation = "update"
	Delete Operation = "delete"
)

// Write is one step of a plan. No slice is written twice in one plan.
type Write struct {
	Operation Operation
	// Slice is the caller's to change. For an update and a deletion it carries the
	// UID and resourceVersion of what exists.
	Slice *discoveryv1.EndpointSlice
	// MovesOut: an endpoint leaves this slice for another that an earlier step
	// writes. When an earlier step failed this one must wait, as deletions must.
	MovesOut bool
	// Loses: a ready endpoint goes, or is ready no more.
	Loses bool
}

// TakesAway reports whether the write must wait for those before it: it takes away what
// they put in elsewhere.
func (w Write) TakesAway() bool { return w.MovesOut || w.Operation == Delete }

// inOrder returns the writes that are due, those first that nothing must wait for.
func inOrder(plans []*slicePlan, owner Owner, metadata ownedMetadata) []Write {
	due := slices.DeleteFunc(plans, func(d *slicePlan) bool { return d.operation() == "" })
	slices.SortStableFunc(due, func(a, b *slicePlan) int { return cmp.Compare(a.rank(), b.rank()) })
	writes := make([]Write, len(due))
	for i, d := range due {
		writes[i] = Write{Operation: d.operation(), Slice: d.build(owner, metadata), MovesOut: d.movesOut, Loses: d.loses}
	}
	return writes
}

// operation returns what must be done with the slice, or nothing.
func (d *slicePlan) operation() Operation {
	switch {
	case d.existing == nil:
		return Create
	case len(d.members) == 0:
		return Delete
	case d.dirty:
		return Update
	default:
		return ""
	}
}

// rank is the place of a write in the order that the package describes.
func (d *slicePlan) rank() int {
	switch {
	case len(d.members) == 0:
		return 5
	case d.adds && !d.movesOut && (d.makesReady || !d.loses):
		return 1
	case d.makesReady:
		return 2
	case d.adds && !d.movesOut:
		return 3
	default:
		return 4
	}
}
