package schedule

import "time"

// Probes start at slots. One wake-up for all targets that are due within a slot, instead of one for
// each, saves half of the CPU and more: at low rates the wake-ups cost more than the probes.
const (
	narrowest = 5 * time.Millisecond
	widest    = 40 * time.Millisecond
	// prompt is how wide slots are at most for urgent probes.
	prompt = 10 * time.Millisecond
	// enough is how many probes start in a slot before slots become narrower, which limits bursts.
	enough = 25
	// share: a slot is at most a 20th of the interval, which limits jitter.
	share = 20
)

// Slot is the width of the slots in which regular probes start when so many targets have this
// interval. Each width divides the wider ones.
func Slot(targets int, interval time.Duration) time.Duration {
	slot := widest
	for slot > narrowest && (slot > interval/share || time.Duration(targets)*slot/2 >= enough*interval) {
		slot /= 2
	}
	return slot
}

// SlotAt returns the first slot boundary at or after t. Slots count from origin. Their width is the
// lateness that urgent probes may have with so many targets.
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
