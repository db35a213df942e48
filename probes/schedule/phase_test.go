package schedule_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/external-endpoints/operator/probes/schedule"
)

var tenOClock = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)

// half is the phase that is half of any interval.
const half = 1 << 19

func TestSlotIsFirstAfterTime(t *testing.T) {
	tests := []struct {
		name  string
		phase uint64
		after time.Duration // since the origin
		want  time.Duration
	}{
		{"at the origin, with a phase of zero", 0, 0, time.Second},
		{"at the origin, with a phase of one half", half, 0, 500 * time.Millisecond},
		{"just before a slot", half, 500*time.Millisecond - 1, 500 * time.Millisecond},
		{"on a slot", half, 500 * time.Millisecond, 1500 * time.Millisecond},
		{"just after a slot", half, 500*time.Millisecond + 1, 1500 * time.Millisecond},
		{"much later", half, time.Hour, time.Hour + 500*time.Millisecond},
		{"before the origin by less than an interval", half, -200 * time.Millisecond, 500 * time.Millisecond},
		{"on a slot before the origin", half, -500 * time.Millisecond, 500 * time.Millisecond},
		{"long before the origin", half, -time.Hour, -time.Hour + 500*time.Millisecond},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cadence := schedule.Cadence{Origin: tenOClock, Interval: time.Second, Phase: tt.phase}
			if got := cadence.After(tenOClock.Add(tt.after)).Sub(tenOClock); got != tt.want {
				t.Errorf("%s after the origin comes %s, want %s", tt.after, got, tt.want)
			}
		})
	}
}

// Whenever one asks, slots are one interval apart and at the same phase: this is
// what makes the cadence run from start to start.
func TestSlotFormsGrid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cadence := schedule.Cadence{
			Origin:   tenOClock,
			Interval: time.Duration(rapid.Int64Range(1, int64(24*time.Hour)).Draw(t, "interval")),
			Phase:    rapid.Uint64().Draw(t, "phase"),
		}
		asked := tenOClock.Add(time.Duration(rapid.Int64Range(-int64(time.Hour), int64(1000*time.Hour)).Draw(t, "asked")))

		slot := cadence.After(asked)

		if wait := slot.Sub(asked); wait <= 0 || wait > cadence.Interval {
			t.Fatalf("the next slot comes after %s, interval %s", wait, cadence.Interval)
		}
		if next := cadence.After(slot); next.Sub(slot) != cadence.Interval {
			t.Fatalf("the slot after it comes after %s, interval %s", next.Sub(slot), cadence.Interval)
		}
		within := time.Duration(rapid.Int64Range(0, int64(cadence.Interval)-1).Draw(t, "within"))
		if again := cadence.After(slot.Add(-cadence.Interval + within)); !again.Equal(slot) {
			t.Fatalf("asked %s into the same interval, the slot is %s, not %s", within, again, slot)
		}
	})
}

func TestPhaseIsSameFractionOfEveryInterval(t *testing.T) {
	for _, interval := range []time.Duration{time.Second, 7 * time.Second, time.Hour} {
		cadence := schedule.Cadence{Origin: tenOClock, Interval: interval, Phase: half}
		if got := cadence.After(tenOClock).Sub(tenOClock); got != interval/2 {
			t.Errorf("interval %s: phase %s, want one half", interval, got)
		}
	}
}

// What was probed in a wide slot must not be probed again in the narrow one that its
// phase is in when there are more targets, nor miss its turn.
func TestSlotChangeNeitherRepeatsNorSkips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		interval := time.Duration(rapid.Int64Range(100, 600_000).Draw(t, "interval ms")) * time.Millisecond
		phase := rapid.Uint64().Draw(t, "phase")
		grid := func(targets int) schedule.Cadence {
			return schedule.Cadence{Origin: tenOClock, Interval: interval, Slot: schedule.Slot(targets, interval), Phase: phase}
		}
		few, many := grid(rapid.IntRange(1, 6000).Draw(t, "before")), grid(rapid.IntRange(1, 6000).Draw(t, "after"))
		started := few.After(tenOClock.Add(time.Duration(rapid.Int64Range(0, 1e12).Draw(t, "offset"))))
		gap := many.Follows(started).Sub(started)
		if part := interval / 20; gap < interval-part || gap > interval+part {
			t.Fatalf("%s after the one before, the interval being %s", gap, interval)
		}
	})
}
