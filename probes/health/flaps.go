package health

import (
	"time"
)

const (
	// flapWindow is, in intervals of the host, how close together falls are flapping
	// and how long none must come until they are forgotten.
	flapWindow = 100
	// steadiest is the highest level: rising takes 2^3 = 8 times as long.
	steadiest = 3
)

// Flaps is how often a host went down recently. A flapping host breaks connections each time, so
// it must be healthy for longer before it counts as up.
type Flaps struct {
	// Last is when the host went down last, or would have if it had been let in.
	Last time.Time
	// Gap is how long before Last the fall before was; zero: there was none.
	Gap time.Duration
	// Level is how often the threshold to rise is doubled, at most 3 times.
	Level uint8
}

// fallen returns the flaps after one more fall.
func (f Flaps) fallen(now time.Time, t Thresholds) Flaps {
	if f.quiet(now, t) {
		return Flaps{Last: now}
	}
	gap := now.Sub(f.Last)
	switch {
	case f.Level > 0:
		f.Level = min(f.Level+1, steadiest)
	case f.Gap > 0 && f.Gap+gap < t.flapping():
		f.Level = 1 // the third fall of one window
	}
	f.Last, f.Gap = now, gap
	return f
}

// level is the one in force: a long enough quiet clears it.
func (f Flaps) level(now time.Time, t Thresholds) uint8 {
	if f.quiet(now, t) {
		return 0
	}
	return f.Level
}

func (f Flaps) quiet(now time.Time, t Thresholds) bool { return now.Sub(f.Last) >= t.flapping() }

// flapping is how long falls are remembered.
func (t Thresholds) flapping() time.Duration { return flapWindow * t.Interval }
