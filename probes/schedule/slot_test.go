package schedule_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/external-endpoints/operator/probes/schedule"
)

func TestSlotBounds(t *testing.T) {
	tests := []struct {
		after   time.Duration
		targets int
		want    time.Duration
	}{
		{0, 100, 0},
		{1, 100, 10 * time.Millisecond},
		{10 * time.Millisecond, 100, 10 * time.Millisecond},
		{10*time.Millisecond + 1, 100, 20 * time.Millisecond},
		{time.Millisecond, 10_000, 5 * time.Millisecond},
		{6 * time.Millisecond, 10_000, 10 * time.Millisecond},
		{-1, 100, 0},
		{-10 * time.Millisecond, 100, -10 * time.Millisecond},
		{-11 * time.Millisecond, 100, -10 * time.Millisecond},
	}
	for _, tt := range tests {
		got := schedule.SlotAt(tenOClock, tenOClock.Add(tt.after), tt.targets).Sub(tenOClock)
		if got != tt.want {
			t.Errorf("%s after the origin, with %d targets: %s, want %s", tt.after, tt.targets, got, tt.want)
		}
	}
}

func TestSlotIsNeverEarlyAndAtMost10msLate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		due := tenOClock.Add(time.Duration(rapid.Int64Range(-1e12, 1e12).Draw(t, "offset")))
		slot := schedule.SlotAt(tenOClock, due, rapid.IntRange(0, 10_000).Draw(t, "targets"))
		if late := slot.Sub(due); late < 0 || late >= 10*time.Millisecond {
			t.Fatalf("%s late", late)
		}
	})
}

func TestSlotWidthIsBoundedByInterval(t *testing.T) {
	tests := []struct {
		targets  int
		interval time.Duration
		want     time.Duration
	}{
		{1, time.Second, 40 * time.Millisecond},
		{1000, time.Second, 40 * time.Millisecond},
		{1249, time.Second, 40 * time.Millisecond},
		{1250, time.Second, 20 * time.Millisecond},
		{2500, time.Second, 10 * time.Millisecond},
		{5000, time.Second, 5 * time.Millisecond},
		{1_000_000, time.Second, 5 * time.Millisecond},
		{12_500, 10 * time.Second, 20 * time.Millisecond},
		{1, time.Hour, 40 * time.Millisecond},
		{1, 500 * time.Millisecond, 20 * time.Millisecond},
		{1, 100 * time.Millisecond, 5 * time.Millisecond},
	}
	for _, tt := range tests {
		if got := schedule.Slot(tt.targets, tt.interval); got != tt.want {
			t.Errorf("%d targets every %s: %s, want %s", tt.targets, tt.interval, got, tt.want)
		}
	}
}
