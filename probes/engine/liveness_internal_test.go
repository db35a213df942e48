package engine

import (
	"testing"
	"time"
)

func TestStallCountsOnlyTheTimeThatTheProcessHasSeen(t *testing.T) {
	type look struct {
		after    time.Duration
		pending  bool
		progress uint64
	}
	tests := []struct {
		name  string
		looks []look
		want  time.Duration
	}{
		{"the first look knows of nothing", []look{{time.Hour, true, 0}}, 0},
		{"looks without progress add up", []look{{0, true, 7}, {10 * time.Second, true, 7}, {5 * time.Second, true, 7}}, 15 * time.Second},
		{"progress ends a stall", []look{{0, true, 7}, {10 * time.Second, true, 7}, {10 * time.Second, true, 8}}, 0},
		{"nothing to do is no stall", []look{{0, true, 7}, {10 * time.Second, true, 7}, {10 * time.Second, false, 7}}, 0},
		{"a stall begins again", []look{{0, true, 7}, {time.Second, true, 8}, {3 * time.Second, true, 8}}, 3 * time.Second},
		{"a process that was stopped for an hour has seen one step of it", []look{{0, true, 7}, {time.Hour, true, 7}}, maxStep},
		{"a clock that steps back takes nothing away", []look{{0, true, 7}, {5 * time.Second, true, 7}, {-time.Hour, true, 7}}, 5 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var s stallDetector
			now := time.Unix(1_000_000, 0)
			var got time.Duration
			for _, l := range tt.looks {
				now = now.Add(l.after)
				got = s.check(now, l.pending, l.progress)
			}
			if got != tt.want {
				t.Errorf("stalled for %s, want %s", got, tt.want)
			}
		})
	}
}
