package schedule

import "time"

// Starts are timed by slots. Waking up once for all that is due within one, and not
// once for each, saves half of the CPU and more: the fewer the probes, the more a
// wake-up weighs beside those that it is for.
const (
	narrowest = 5 * time.Millisecond
	widest    = 40 * time.Millisecond
	// prompt is how wide slots are at most for urgent probes.
	prompt = 10 * time.Millisecond
	// enough starts in a slot: with twice as many slots are narrower, so that fewer come
	// at once.
	enough = 25
	// share is what part of an interval a slot takes at most.
	share = 20
)

// Slot is how wide the slots are in which regular probes start when so many targets have
// this interval. Each width divides the wider ones.
func Slot(targets int, interval time.Duration) time.Duration {
	slot := widest
	for slot > narrowest && (slot > interval/share || time.Duration(targets)*slot/2 >= enough*interval) {
		slot /= 2
	}
	return slot
}

// SlotAt returns the first border of a slot that is not before t. Slots count from
// origin, and are as wide as one may be late, with so many targets, for urgent
// probes.
func SlotAt(origin, t time.Time, targets int) time.Time {
	slot := min(prompt, Slot(targets, time.Second))
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
