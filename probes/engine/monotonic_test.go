package engine_test

import (
	"strings"
	"testing"
	"time"

	"github.com/external-endpoints/operator/probes/schedule"
)

// The wall clock may step by hours, in both directions. Due times keep their monotonic reading, by
// which alone they are compared then; rounding a time.Time would drop it.
func TestEngineScheduleTimesKeepTheMonotonicReading(t *testing.T) {
	now := time.Now()
	c := schedule.Cadence{Origin: now, Interval: time.Second, Slot: schedule.Slot(1000, time.Second), Phase: 12345}
	for name, got := range map[string]time.Time{
		"After":           c.After(now),
		"After, long ago": c.After(now.Add(-time.Hour)),
		"Follows":         c.Follows(now),
		"SlotAt":          schedule.SlotAt(now, now.Add(123*time.Microsecond), 1000),
	} {
		if !strings.Contains(got.String(), " m=") {
			t.Errorf("%s returns %s, without a monotonic reading", name, got)
		}
	}
}
