package probes_test

import (
	"testing"
	"time"

	"github.com/external-endpoints/operator/probes"
)

func TestToleranceIsATenthOfTheTimeoutAndAtLeast5ms(t *testing.T) {
	const ms = time.Millisecond
	for timeout, want := range map[time.Duration]time.Duration{
		10 * ms: 5 * ms, 20 * ms: 5 * ms, 40 * ms: 5 * ms, 50 * ms: 5 * ms, 60 * ms: 6 * ms, time.Second: 100 * ms, time.Hour: 6 * time.Minute,
	} {
		if got := probes.Tolerance(timeout); got != want {
			t.Errorf("timeout %s: tolerance %s, want %s", timeout, got, want)
		}
	}
}
