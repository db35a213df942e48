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
	// HandsOver: an endpoint leaves this slice for another that an earlier step
	// writes. When an earlier step failed this one must wait, as deletions must.
	HandsOver bool
	// Loses: a ready endpoint goes, or is ready no more.
	Loses bool
}

// TakesAway reports whether the write must wait for those before it: it takes away what
// they put in elsewhere.
func (w Write) TakesAway() bool { return w.HandsOver || w.Operation == Delete }

// inOrder returns the writes that are due, those first that nothing must wait for.
func inOrder(drafts []*draft, owner Owner, mark mark) []Write {
	due := slices.DeleteFunc(drafts, func(d *draft) bool { return d.operation() == "" })
	slices.SortStableFunc(due, func(a, b *draft) int { return cmp.Compare(a.rank(), b.rank()) })
	writes := make([]Write, len(due))
	for i, d := range due {
		writes[i] = Write{Operation: d.operation(), Slice: d.build(owner, mark), HandsOver: d.hands, Loses: d.loses}
	}
	return writes
}

// operation returns what must be done with the slice, or nothing.
func (d *draft) operation() Operation {
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
func (d *draft) rank() int {
	switch {
	case len(d.members) == 0:
		return 5
	case d.brings && !d.hands && (d.readies || !d.loses):
		return 1
	case d.readies:
		return 2
	case d.brings && !d.hands:
		return 3
	default:
		return 4
	}
}
