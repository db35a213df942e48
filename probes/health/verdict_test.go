package health_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/health"
)

func TestConsecutiveResultsDecideState(t *testing.T) {
	tests := []struct {
		name    string
		initial health.State
		results string
		want    health.State
	}{
		{"nothing is known of a host that was never probed", health.Unknown, "", health.Unknown},
		{"one success is enough for a host never seen before", health.Unknown, "+", health.Healthy},
		{"one success is enough after failures of a host never seen before", health.Unknown, "--+", health.Healthy},
		{"a host never seen before falls like any other", health.Unknown, "--", health.Unknown},
		{"a host never seen before is unhealthy at the threshold", health.Unknown, "---", health.Unhealthy},
		{"a healthy host bears failures below the threshold", health.Healthy, "--", health.Healthy},
		{"a healthy host falls at the threshold", health.Healthy, "---", health.Unhealthy},
		{"a success in between starts the count again", health.Healthy, "--+--", health.Healthy},
		{"failures in all do not count, only in a row", health.Healthy, "-+--+-+--+", health.Healthy},
		{"a failing host stays down", health.Healthy, "------", health.Unhealthy},
		{"an unhealthy host does not rise by one success", health.Unhealthy, "+", health.Unhealthy},
		{"an unhealthy host rises at the threshold", health.Unhealthy, "++", health.Healthy},
		{"a failure in between starts the rise again", health.Unhealthy, "+-+", health.Unhealthy},
		{"a host that fell owes the whole threshold", health.Healthy, "---+", health.Unhealthy},
		{"a host that fell rises again", health.Healthy, "---++", health.Healthy},
		{"a host that rose owes a full threshold before it falls", health.Unhealthy, "++--", health.Healthy},
		{"a host that was up, was down and is up falls again", health.Unknown, "+---++---", health.Unhealthy},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := after(leftIn(tt.initial), results(tt.results)...)
			if got.State != tt.want {
				t.Errorf("%s after %q is %s, want %s", tt.initial, tt.results, got.State, tt.want)
			}
		})
	}
}

func TestResultBelowThresholdChangesRunOnly(t *testing.T) {
	before := after(leftIn(health.Unknown), ok(0))

	got := after(before, bad(1, probes.Timeout), bad(2, probes.Reset))

	want := before
	want.Run = health.Run{Length: 2, Began: at(1), Seen: at(1).Add(took)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFallRecordsStartAndReason(t *testing.T) {
	got := after(leftIn(health.Healthy), ok(0), bad(1, probes.Timeout), bad(2, probes.Reset), bad(3, probes.ConnectionRefused))

	want := health.Verdict{
		State:       health.Unhealthy,
		Since:       at(3).Add(took),
		Reason:      probes.ConnectionRefused,
		Trigger:     at(1).Add(took),
		Run:         health.Run{Length: 3, Began: at(1), Seen: at(1).Add(took)},
		LastSuccess: at(0),
		Flaps:       health.Flaps{Last: at(3).Add(took)},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRiseRecordsStartAndClearsReason(t *testing.T) {
	got := after(leftIn(health.Unhealthy), ok(0), bad(1, probes.Timeout), ok(2), ok(3))

	want := health.Verdict{
		State:       health.Healthy,
		Since:       at(3).Add(took),
		Trigger:     at(2).Add(took),
		Run:         health.Run{Length: 2, Success: true, Began: at(2), Seen: at(2).Add(took)},
		LastSuccess: at(3),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReasonIsFrozenWhileDown(t *testing.T) {
	down := after(leftIn(health.Healthy), results("---")...)

	got := after(down, bad(3, probes.Reset), ok(4), bad(5, probes.Unreachable), bad(6, probes.Unreachable), bad(7, probes.Unreachable))

	if got.Reason != probes.Timeout || got.Since != down.Since || got.Trigger != down.Trigger {
		t.Errorf("later failures changed what the host went down for:\n%s", cmp.Diff(down, got))
	}
}

func TestVerdictInheritsPreviousState(t *testing.T) {
	got := after(leftIn(health.Unhealthy), results("------")...)

	if got.Since != at(-60) || got.Reason != probes.Reset {
		t.Errorf("since %s for %s, want what the predecessor said", got.Since, got.Reason)
	}
	if !got.Trigger.IsZero() {
		t.Errorf("trigger %s of a state that this process did not decide", got.Trigger)
	}
}

func TestThresholdsMayChangeDuringRun(t *testing.T) {
	twoFailures := after(leftIn(health.Healthy), results("--")...)

	if got := twoFailures.Next(bad(2, probes.Timeout), health.Thresholds{Rise: 1, Fall: 10}); got.State != health.Healthy {
		t.Errorf("a raised threshold is not waited for: %s", got.State)
	}
	if got := twoFailures.Next(bad(2, probes.Timeout), health.Thresholds{Rise: 1, Fall: 1}); got.State != health.Unhealthy {
		t.Errorf("a threshold lowered below the run does not decide at the next failure: %s", got.State)
	}
}

func TestStateString(t *testing.T) {
	got := []string{health.Unknown.String(), health.Healthy.String(), health.Unhealthy.String()}
	if diff := cmp.Diff([]string{"Unknown", "Healthy", "Unhealthy"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
