package health_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/health"
)

var (
	states = []health.State{health.Unknown, health.Healthy, health.Unhealthy}
	// failures are what probes end with; half of them succeed.
	failures = []probes.Reason{"", "", probes.Timeout, probes.Reset}
)

// fataler is what both testing.T and rapid.T are.
type fataler interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// modelState is the state as a function of the whole history: of each row of
// results, whether it was long enough for what the host was before it.
func modelState(initial health.State, history []health.Sample, limits health.Thresholds) health.State {
	state := initial
	for i := range history {
		length := modelRun(history[:i+1])
		switch success := history[i].Failure == ""; {
		case success && (state == health.Unknown || length >= limits.Rise):
			state = health.Healthy
		case !success && length >= limits.Fall:
			state = health.Unhealthy
		}
	}
	return state
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
		if diff := cmp.Diff(modelVerdict(before, initial, history, limits), verdict); diff != "" {
			t.Fatalf("after %d probes (-model +got):\n%s", len(history), diff)
		}
		checkMeaning(t, verdict, limits)
	}
}

// modelVerdict is the whole verdict; before matters only for what a probe that
// changes no state must leave alone.
func modelVerdict(before health.Verdict, initial health.State, history []health.Sample, limits health.Thresholds) health.Verdict {
	latest, length := history[len(history)-1], modelRun(history)
	first := history[len(history)-length]
	want := before
	want.State = modelState(initial, history, limits)
	want.Run = health.Run{Length: length, Success: latest.Failure == "", Began: first.Started, Seen: first.Ended}
	if latest.Failure == "" {
		want.LastSuccess = latest.Started
	}
	if want.State != before.State {
		want.Since, want.Reason, want.Trigger = latest.Ended, latest.Failure, first.Ended
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
	if health.Confirms(v, v) {
		t.Fatal("a host is its own evidence")
	}
}

func TestVerdictsFollowFromTheHistory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		initial := rapid.SampledFrom(states).Draw(t, "initial")
		limits := health.Thresholds{Rise: rapid.IntRange(1, 5).Draw(t, "rise"), Fall: rapid.IntRange(1, 5).Draw(t, "fall")}
		follow(t, initial, limits, rapid.SliceOfN(rapid.SampledFrom(failures), 0, 60).Draw(t, "failures"))
	})
}

// FuzzVerdict looks for a history that the model judges in another way: every
// byte of the script is one probe.
func FuzzVerdict(f *testing.F) {
	f.Add(uint8(0), uint8(2), uint8(3), []byte{0, 2, 2, 2, 0, 0})
	f.Add(uint8(1), uint8(1), uint8(1), []byte{2, 0, 3, 0})
	f.Add(uint8(2), uint8(3), uint8(2), []byte{0, 0, 2, 0, 0, 0})
	f.Fuzz(func(t *testing.T, initial, rise, fall uint8, script []byte) {
		const longest = 200 // the model looks at the whole history after every probe
		var history []probes.Reason
		for _, b := range script[:min(len(script), longest)] {
			history = append(history, failures[int(b)%len(failures)])
		}
		limits := health.Thresholds{Rise: max(int(rise), 1), Fall: max(int(fall), 1)}
		follow(t, states[int(initial)%len(states)], limits, history)
	})
}
