package schedule_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/external-endpoints/operator/probes/schedule"
)

// fullest is how many starts the fullest of equal parts of the interval has.
func fullest(phases []uint64, interval, width time.Duration) int {
	counts := make([]int, interval/width)
	for _, phase := range phases {
		cadence := schedule.Cadence{Origin: tenOClock, Interval: interval, Slot: schedule.Slot(len(phases), interval), Phase: phase}
		counts[cadence.After(tenOClock.Add(-1)).Sub(tenOClock)/width]++
	}
	return slices.Max(counts)
}

func TestPhaseSpreadsEvenly(t *testing.T) {
	tests := []struct {
		targets         int
		interval, width time.Duration
		most            int // by one place alone they are 120, 50 and 50 and more
	}{
		{10_000, time.Second, 10 * time.Millisecond, 106},
		{10_000, 3 * time.Second, 10 * time.Millisecond, 46},
		{1000, time.Second, 40 * time.Millisecond, 48},
	}
	for _, tt := range tests {
		var spread schedule.Spread
		hashes, phases := rand.NewPCG(1, 2), make([]uint64, tt.targets)
		for i := range phases {
			phases[i] = spread.Take(hashes.Uint64())
		}
		if got := fullest(phases, tt.interval, tt.width); got > tt.most {
			t.Errorf("%d targets every %s: %d start in the fullest %s, at most %d are fine", tt.targets, tt.interval, got, tt.width, tt.most)
		}
	}
}

func TestPhaseIsOneOfTwoHashedSlots(t *testing.T) {
	const parts = 1 << 20
	rapid.Check(t, func(t *rapid.T) {
		var spread schedule.Spread
		for _, hash := range rapid.SliceOfN(rapid.Uint64(), 1, 50).Draw(t, "hashes") {
			if phase := spread.Take(hash); phase != hash%parts && phase != hash/parts%parts {
				t.Fatalf("%x has the phase %x", hash, phase)
			}
		}
	})
}

func TestPhaseReleasedSlotIsReused(t *testing.T) {
	const here, there = 7, 1<<19 | 7
	var spread schedule.Spread
	steps := []struct {
		name string
		want uint64
	}{{"the first", here}, {"the second avoids it", there}, {"with one in each, the first place", here}}
	for _, step := range steps {
		if got := spread.Take(there<<20 | here); got != step.want {
			t.Fatalf("%s: %d, want %d", step.name, got, step.want)
		}
	}
	spread.Leave(here)
	spread.Leave(here)
	if got := spread.Take(there<<20 | here); got != here {
		t.Errorf("after both have left: %d, want %d", got, here)
	}
}
