package operator

import (
	"math"
	"testing"

	"github.com/go-logr/logr"
)

func TestPlacesWithinMemoryAndDescriptors(t *testing.T) {
	tests := []struct {
		name        string
		memory      int64
		descriptors uint64
		want        int
	}{
		{"the chart's 256 MiB, nine tenths of it for Go", 241_591_910, 1 << 20, 3686},
		{"1 GiB", 1 << 30, 1 << 20, 16384},
		{"few descriptors", 1 << 30, 1024, 768},
		{"no limit of memory", math.MaxInt64, 8192, 6144},
		{"no limit at all", math.MaxInt64, math.MaxUint64, mostInFlight},
		{"next to no memory", 1 << 20, 1 << 20, leastInFlight},
		{"next to no descriptors", math.MaxInt64, 16, leastInFlight},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := placesWithin(tt.memory, tt.descriptors); got != tt.want {
				t.Errorf("%d places, want %d", got, tt.want)
			}
		})
	}
}

func TestMaxInFlightIsTheFlagWhereItIsSet(t *testing.T) {
	if got := maxInFlight(Options{MaxProbesInFlight: 777}, logr.Discard()); got != 777 {
		t.Errorf("%d places, want 777", got)
	}
	if got := maxInFlight(Options{}, logr.Discard()); got < leastInFlight || uint64(got) > descriptorLimit() {
		t.Errorf("%d places by default, with %d descriptors", got, descriptorLimit())
	}
}
