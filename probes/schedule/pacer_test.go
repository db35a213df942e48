package schedule_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/external-endpoints/operator/probes/schedule"
)

func TestPacerWithoutLimitNeverWaits(t *testing.T) {
	for _, limit := range []int{0, -1} {
		pacer := schedule.NewPacer(limit)
		for range 1000 {
			if wait := pacer.Take(tenOClock); wait != 0 {
				t.Fatalf("limit %d: wait %s", limit, wait)
			}
		}
	}
}

// starts simulates an eager caller that sleeps as long as it is told, and wakes
// late by what lateness returns.
func starts(pacer *schedule.Pacer, count int, lateness func() time.Duration) []time.Time {
	var list []time.Time
	for now := tenOClock; len(list) < count; {
		if wait := pacer.Take(now); wait > 0 {
			now = now.Add(wait + lateness())
			continue
		}
		list = append(list, now)
	}
	return list
}

func onTime() time.Duration { return 0 }

func TestPacerSpacesStarts(t *testing.T) {
	pacer := schedule.NewPacer(100)
	list := starts(&pacer, 1000, onTime)
	// The first 10 ms are lent, so that one start more comes at once.
	if took := list[len(list)-1].Sub(list[0]); took != 9980*time.Millisecond {
		t.Errorf("1000 starts at 100 a second took %s", took)
	}
	for i := 2; i < len(list); i++ {
		if gap := list[i].Sub(list[i-1]); gap != 10*time.Millisecond {
			t.Fatalf("start %d comes %s after the one before", i, gap)
		}
	}
}

func TestPacerLateWakeUpLosesNoStarts(t *testing.T) {
	pacer := schedule.NewPacer(1000)
	list := starts(&pacer, 10_000, func() time.Duration { return 3 * time.Millisecond })
	if took := list[len(list)-1].Sub(list[0]); took > 10*time.Second {
		t.Errorf("10,000 starts at 1000 a second took %s with wake-ups 3 ms late", took)
	}
}

func TestPacerUnusedStartsExpire(t *testing.T) {
	pacer := schedule.NewPacer(100)
	starts(&pacer, 10, onTime)
	afterRest := tenOClock.Add(time.Hour)
	count := 0
	for pacer.Take(afterRest) == 0 {
		count++
	}
	if count > 2 {
		t.Errorf("after an hour's rest %d starts came at once", count)
	}
}

func TestPacerNeverExceedsLimit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(1, 20_000).Draw(t, "limit")
		pacer := schedule.NewPacer(limit)
		list := starts(&pacer, 300, func() time.Duration {
			return time.Duration(rapid.IntRange(0, 30).Draw(t, "late")) * time.Millisecond
		})
		gap := time.Second / time.Duration(limit)
		for first := range list {
			for last := first + 1; last < len(list); last++ {
				window := list[last].Sub(list[first])
				if most := int((window+10*time.Millisecond)/gap) + 1; last-first+1 > most {
					t.Fatalf("%d starts within %s at %d a second", last-first+1, window, limit)
				}
			}
		}
	})
}
