package health_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/health"
)

var (
	states = []health.State{health.Unknown, health.Healthy, health.Unhealthy}
	// failures are what probes end with; half of them succeed.
	failures = []probes.Reason{"", "", probes.Timeout, probes.Reset}
)

// intervals make of 100 of them 0, 8, 20 and 100 of the history's seconds.
var intervals = []time.Duration{0, 80 * time.Millisecond, 200 * time.Millisecond, time.Second}

// fataler is what both testing.T and rapid.T are.
type fataler interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// modelHost is what a whole history makes of a host.
type modelHost struct {
	state health.State
	// falls are all times when it went down, and whether it was up before: a host that
	// is kept out for flapping goes down without having come up.
	falls []modelFall
	// fellFor is what the latest of them was for.
	fellFor probes.Reason
}

type modelFall struct {
	at time.Time
	up bool
}

// modelOf goes through the history: of each row of results, was it long enough for
// what the host was before it?
func modelOf(initial health.State, history []health.Sample, limits health.Thresholds) modelHost {
	host, decidedBy := modelHost{state: initial}, -1
	for i, sample := range history {
		length := modelRun(history[:i+1])
		level := host.level(sample.Ended, limits)
		switch success := sample.Failure == ""; {
		case success && (host.state == health.Unknown || length >= limits.Rise<<level):
			host.state = health.Healthy
		case !success && host.state == health.Unhealthy && level > 0 && length == limits.Fall && i-length+1 != decidedBy:
			host.falls = append(host.falls, modelFall{at: sample.Ended})
			host.fellFor = sample.Failure
		case !success && host.state != health.Unhealthy && length >= limits.Fall:
			if host.state == health.Healthy {
				host.falls = append(host.falls, modelFall{at: sample.Ended, up: true})
			}
			host.state, host.fellFor, decidedBy = health.Unhealthy, sample.Failure, i-length+1
		}
	}
	return host
}

// level is how often the threshold is doubled: once for the third fall of a window
// and for each after it, three times at most, and none after a quiet window.
func (h modelHost) level(now time.Time, limits health.Thresholds) int {
	window := 100 * limits.Interval
	first := len(h.falls)
	for later := now; first > 0 && later.Sub(h.falls[first-1].at) < window; first-- {
		later = h.falls[first-1].at
	}
	level, recent := 0, h.falls[first:]
	for i, fall := range recent {
		if fall.up && (level > 0 || i >= 2 && fall.at.Sub(recent[i-2].at) < window) {
			level = min(level+1, 3)
		}
	}
	return level
}

// modelRun is how many results like the latest one end the history.
func modelRun(history []health.Sample) int {
	length := 0
	for i := len(history) - 1; i >= 0; i-- {
		if (history[i].Failure == "") != (history[len(history)-1].Failure == "") {
			break
		}
		length++
	}
	return length
}

// follow holds the verdict to the model after every probe of a history.
func follow(t fataler, initial health.State, limits health.Thresholds, failures []probes.Reason) {
	t.Helper()
	verdict := leftIn(initial)
	var history []health.Sample
	for i, failure := range failures {
		before, sample := verdict, bad(i, failure)
		history = append(history, sample)
		verdict = verdict.Next(sample, limits)
		model := modelOf(initial, history, limits)
		if diff := cmp.Diff(modelVerdict(before, model, history), verdict, withoutFlaps); diff != "" {
			t.Fatalf("after %d probes (-model +got):\n%s", len(history), diff)
		}
		checkMeaning(t, verdict, limits)
	}
}

// withoutFlaps: how they are remembered is the verdict's own affair. What comes of
// them is seen in the states.
var withoutFlaps = cmpopts.IgnoreFields(health.Verdict{}, "Flaps")

// modelVerdict is the whole verdict; before matters only for what a probe that
// changes no state must leave alone.
func modelVerdict(before health.Verdict, model modelHost, history []health.Sample) health.Verdict {
	latest, length := history[len(history)-1], modelRun(history)
	first := history[len(history)-length]
	want := before
	want.State = model.state
	want.Run = health.Run{Length: length, Success: latest.Failure == "", Began: first.Started, Seen: first.Ended}
	if latest.Failure == "" {
		want.LastSuccess = latest.Started
	}
	if want.State != before.State {
		want.Since, want.Trigger = latest.Ended, first.Ended
	}
	if want.State == health.Healthy {
		want.Reason = ""
	} else if model.fellFor != "" {
		want.Reason = model.fellFor
	}
	return want
}

// checkMeaning holds a verdict to what must be true of any.
func checkMeaning(t fataler, v health.Verdict, limits health.Thresholds) {
	t.Helper()
	if (v.State == health.Unhealthy) != (v.Reason != "") {
		t.Fatalf("%s with the reason %q", v.State, v.Reason)
	}
	if v.Trigger.After(v.Since) {
		t.Fatalf("triggered %s, after the transition at %s", v.Trigger, v.Since)
	}
	if v.Proven(limits) && (v.State != health.Unhealthy || v.Unsettled()) {
		t.Fatalf("proven, but %s and unsettled: %t", v.State, v.Unsettled())
	}
	if v.PastHoldDown(limits) && (v.State != health.Healthy || v.Failing() || v.Run.Length < limits.Rise) {
		t.Fatalf("held, but %s, failing: %t, with a run of %d", v.State, v.Failing(), v.Run.Length)
	}
	if health.Confirms(v, v) {
		t.Fatal("a host is its own evidence")
	}
}

func TestVerdictMatchesHistoryModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		initial := rapid.SampledFrom(states).Draw(t, "initial")
		limits := health.Thresholds{
			Rise: rapid.IntRange(1, 5).Draw(t, "rise"), Fall: rapid.IntRange(1, 5).Draw(t, "fall"),
			Interval: rapid.SampledFrom(intervals).Draw(t, "interval"),
		}
		follow(t, initial, limits, rapid.SliceOfN(rapid.SampledFrom(failures), 0, 90).Draw(t, "failures"))
	})
}

// FuzzVerdict looks for a history that the model judges in another way: every
// byte of the script is one probe.
func FuzzVerdict(f *testing.F) {
	f.Add(uint8(0), uint8(2), uint8(3), uint8(0), []byte{0, 2, 2, 2, 0, 0})
	f.Add(uint8(1), uint8(1), uint8(1), uint8(3), []byte{2, 0, 3, 0, 2, 0, 0, 3, 0, 0, 0})
	f.Add(uint8(2), uint8(3), uint8(2), uint8(1), []byte{0, 0, 2, 0, 0, 0})
	f.Fuzz(func(t *testing.T, initial, rise, fall, interval uint8, script []byte) {
		const longest = 200 // the model looks at the whole history after every probe
		var history []probes.Reason
		for _, b := range script[:min(len(script), longest)] {
			history = append(history, failures[int(b)%len(failures)])
		}
		limits := health.Thresholds{
			Rise: max(int(rise), 1), Fall: max(int(fall), 1), Interval: intervals[int(interval)%len(intervals)],
		}
		follow(t, states[int(initial)%len(states)], limits, history)
	})
}
