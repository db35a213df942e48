package schedule

import "time"

// Cadence schedules probes on a fixed grid: Origin + Phase x Interval + k x Interval. The start offset
// of a target comes from a stable hash, so that neither a restart nor a plan with a thousand targets
// is a burst. A slow response does not shift the probes that follow.
type Cadence struct {
	Origin   time.Time
	Interval time.Duration
	// Slot is what phases are rounded down to, see [Slot]; zero: to nothing.
	Slot time.Duration
	// Phase is the target's, of [Spread]: a fraction of the interval.
	Phase uint64
}

// After returns the first slot of the grid later than t.
func (c Cadence) After(t time.Time) time.Time {
	first := c.Origin.Add(c.offset())
	if t.Before(first) {
		// Slots before the origin count too: a new target never waits longer than one interval.
		back := int64(first.Sub(t) / c.Interval)
		slot := first.Add(-c.intervals(back))
		if !slot.After(t) {
			slot = slot.Add(c.Interval)
		}
		return slot
	}
	passed := int64(t.Sub(first) / c.Interval)
	return first.Add(c.intervals(passed + 1))
}

// Follows returns the slot after the one in which a probe started. The width of slots, and with it the
// phase, changes with the number of targets: the rest of the same slot does not count as the next.
func (c Cadence) Follows(started time.Time) time.Time {
	return c.After(started.Add(c.Interval / share))
}

func (c Cadence) intervals(count int64) time.Duration {
	return time.Duration(count * int64(c.Interval))
}

// offset scales the start offset to the interval: with a modulus, targets of one interval would share
// the phases of every interval that divides it.
func (c Cadence) offset() time.Duration {
	return time.Duration(float64(c.Interval) / parts * float64(c.Phase%parts)).Truncate(c.Slot)
}
