package health_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/health"
)

// modelState is the state as a function of the whole history, told in the words
// of the specification and without any memory: the latest row of results that
// was long enough for what the host was before it.
func modelState(initial health.State, history []health.Sample, t health.Thresholds) health.State {
	if len(history) == 0 {
		return initial
	}
	before := modelState(initial, history[:len(history)-1], t)
	length := modelRun(history)
	switch success := history[len(history)-1].Failure == ""; {
	case success && (before == health.Unknown || length >= t.Rise):
		return health.Healthy
	case !success && length >= t.Fall:
		return health.Unhealthy
	default:
		return before
	}
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

// drawSample draws a probe that starts after the one before ended.
func drawSample(t *rapid.T, number int) health.Sample {
	reason := rapid.SampledFrom([]probes.Reason{"", "", probes.Timeout, probes.Reset}).Draw(t, "failure")
	return bad(number, reason)
}

func verdictFollowsHistory(t *rapid.T) {
	limits := health.Thresholds{Rise: rapid.IntRange(1, 5).Draw(t, "rise"), Fall: rapid.IntRange(1, 5).Draw(t, "fall")}
	initial := rapid.SampledFrom([]health.State{health.Unknown, health.Healthy, health.Unhealthy}).Draw(t, "initial")
	verdict := leftIn(initial)
	var history []health.Sample
	for range rapid.IntRange(0, 60).Draw(t, "probes") {
		before, sample := verdict, drawSample(t, len(history))
		history = append(history, sample)
		verdict = verdict.Next(sample, limits)

		want := modelVerdict(before, initial, history, limits)
		if diff := cmp.Diff(want, verdict); diff != "" {
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
func checkMeaning(t *rapid.T, v health.Verdict, limits health.Thresholds) {
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

func TestVerdictsFollowFromTheHistory(t *testing.T) { rapid.Check(t, verdictFollowsHistory) }

// FuzzVerdict looks for a history that the model judges in another way.
func FuzzVerdict(f *testing.F) { f.Fuzz(rapid.MakeFuzz(verdictFollowsHistory)) }
