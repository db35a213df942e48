package health_test

import (
	"strings"
	"testing"
	"time"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/health"
)

// flappy are thresholds of 2 up and 3 down, for a host that is probed every second:
// 100 intervals are 100 s.
var flappy = health.Thresholds{Rise: 2, Fall: 3, Interval: time.Second}

// watched is a host that is probed once a second and looked at after each probe.
type watched struct {
	health.Verdict
	second int
}

// see has the host answer these results, one a second, and returns after how many of
// them it was healthy first; 0: it never was.
func (w *watched) see(signs string) int {
	rose := 0
	for i, sample := range results(signs) {
		sample.Started, sample.Ended = at(w.second), at(w.second).Add(took)
		w.Verdict = w.Next(sample, flappy)
		w.second++
		if rose == 0 && w.State == health.Healthy {
			rose = i + 1
		}
	}
	return rose
}

// fall has the host go down.
func (w *watched) fall() { w.see("---") }

func TestDampingGrowsWithEachFlap(t *testing.T) {
	host := &watched{Verdict: leftIn(health.Healthy)}
	for i, want := range []int{2, 2, 4, 8, 16, 16, 16} {
		host.fall()
		if got := host.see(strings.Repeat("+", want)); got != want {
			t.Fatalf("after fall %d the host is healthy after %d successes, want %d", i+1, got, want)
		}
	}
}

func TestDampingCountsFallsWithin100Intervals(t *testing.T) {
	tests := []struct {
		name   string
		wells  []int // for how many intervals the host is well after each fall but the last
		level  uint8
		landed int // how many successes it owes after the last
	}{
		{"one fall", nil, 0, 2},
		{"two falls", []int{10}, 0, 2},
		{"three falls in 100 intervals", []int{47, 46}, 1, 4},
		{"three falls in more", []int{47, 50}, 0, 2},
		{"the last three of four in 100 intervals", []int{90, 40, 40}, 1, 4},
		{"damped, and then falling more slowly", []int{10, 10, 90}, 2, 8},
		{"damped, and then quiet for 100 intervals", []int{10, 10, 98}, 0, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			host := &watched{Verdict: leftIn(health.Healthy)}
			for _, well := range tt.wells {
				host.fall()
				host.see(strings.Repeat("+", well))
			}
			host.fall()
			if got := host.Flaps.Level; got != tt.level {
				t.Errorf("level %d, want %d", got, tt.level)
			}
			if got := host.see(strings.Repeat("+", tt.landed)); got != tt.landed {
				t.Errorf("healthy after %d successes, want %d", got, tt.landed)
			}
		})
	}
}

// damp has the host flap until it owes 16 successes.
func damp() *watched {
	host := &watched{Verdict: leftIn(health.Healthy)}
	for _, owed := range []int{2, 2, 4, 8} {
		host.fall()
		host.see(strings.Repeat("+", owed))
	}
	host.fall()
	return host
}

func TestDampingClearsAfter100StableIntervals(t *testing.T) {
	host := damp()
	host.see(strings.Repeat("-", 100)) // down, and quietly so
	if got := host.see("++"); got != 2 {
		t.Errorf("healthy after %d successes, want 2", got)
	}
}

func TestDampedHostShowsCurrentReason(t *testing.T) {
	host := damp()
	host.see("+++")
	since, trigger := host.Since, host.Trigger
	for range 3 {
		if host.Reason != probes.Timeout {
			t.Fatalf("the reason is %s before a threshold of other failures", host.Reason)
		}
		host.Verdict = host.Next(bad(host.second, probes.Reset), flappy)
		host.second++
	}
	if host.Reason != probes.Reset || host.State != health.Unhealthy {
		t.Errorf("%s for %s, want the reason of the last row of failures", host.State, host.Reason)
	}
	host.Verdict = host.Next(bad(host.second, probes.Unreachable), flappy)
	if host.Reason != probes.Reset {
		t.Errorf("at rest the reason has become %s", host.Reason)
	}
	if host.Since != since || host.Trigger != trigger {
		t.Error("it is told to have gone down again, though it was never up")
	}
}

func TestDampingPersistsWhileFlapping(t *testing.T) {
	host := damp()
	for range 25 { // of ten seconds each
		if rose := host.see("+++++++---"); rose > 0 {
			t.Fatalf("let in at second %d, after %d successes", host.second, rose)
		}
	}
	if got := host.see(strings.Repeat("+", 16)); got != 16 {
		t.Errorf("healthy after %d successes, want 16: it has not fallen again", got)
	}
}

func TestDampingIgnoresHostsThatAreNotUp(t *testing.T) {
	for _, initial := range []health.State{health.Unknown, health.Unhealthy} {
		host := &watched{Verdict: leftIn(initial)}
		host.see("---+---+---+---")
		if host.Flaps != (health.Flaps{}) {
			t.Errorf("%s: %+v", initial, host.Flaps)
		}
	}
}

func TestVerdictHeldForTierFailback(t *testing.T) {
	tests := []struct {
		name    string
		initial health.State
		results string
		want    bool
	}{
		{"healthy as a predecessor said", health.Healthy, "", false},
		{"one success short", health.Healthy, "+++++", false},
		{"three thresholds of own successes", health.Healthy, "++++++", true},
		{"well for longer", health.Healthy, "+++++++++", true},
		{"failing after it", health.Healthy, "++++++-", false},
		{"well again after a failure", health.Healthy, "++++++-+", false},
		{"risen just now", health.Unhealthy, "++", false},
		{"risen, one success short", health.Unhealthy, "+++++", false},
		{"risen, and three thresholds well", health.Unhealthy, "++++++", true},
		{"new, one success short", health.Unknown, "+++++", false},
		{"new, and three thresholds well", health.Unknown, "++++++", true},
		{"down", health.Healthy, "++++++---", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := after(leftIn(tt.initial), results(tt.results)...).PastHoldDown(thresholds); got != tt.want {
				t.Errorf("%s after %q: held %t, want %t", tt.initial, tt.results, got, tt.want)
			}
		})
	}
}
