package health_test

import (
	"testing"
	"time"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/health"
)

func TestVerdictIsUnsettledByContradictingResults(t *testing.T) {
	tests := []struct {
		name    string
		initial health.State
		results string
		want    bool
	}{
		{"never probed", health.Unknown, "", false},
		{"taken over and not probed yet", health.Healthy, "", false},
		{"never seen before, and failing", health.Unknown, "-", true},
		{"never seen before, and well", health.Unknown, "+", false},
		{"healthy and succeeding", health.Healthy, "+", false},
		{"healthy and failing", health.Healthy, "-", true},
		{"healthy after a failure below the threshold", health.Healthy, "-+", false},
		{"fallen", health.Healthy, "---", false},
		{"unhealthy as a predecessor said, and failing", health.Unhealthy, "-", false},
		{"unhealthy and succeeding", health.Unhealthy, "+", true},
		{"unhealthy after a success below the threshold", health.Unhealthy, "+-", false},
		{"risen", health.Unhealthy, "++", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := after(leftIn(tt.initial), results(tt.results)...).Unsettled(); got != tt.want {
				t.Errorf("%s after %q: unsettled %t, want %t", tt.initial, tt.results, got, tt.want)
			}
		})
	}
}

func TestVerdictIsProvenByOwnProbesOnly(t *testing.T) {
	tests := []struct {
		name    string
		initial health.State
		results string
		want    bool
	}{
		{"unhealthy as a predecessor said", health.Unhealthy, "", false},
		{"one failure short of agreeing with the predecessor", health.Unhealthy, "--", false},
		{"a full threshold agrees with the predecessor", health.Unhealthy, "---", true},
		{"fallen", health.Healthy, "---", true},
		{"fallen, and still failing", health.Healthy, "-----", true},
		{"fallen, but the latest probe succeeded", health.Healthy, "---+", false},
		{"fallen, and failing again for less than a threshold", health.Healthy, "---+--", false},
		{"fallen, and failing again for a full threshold", health.Healthy, "---+---", true},
		{"failing below the threshold", health.Healthy, "--", false},
		{"healthy", health.Healthy, "+++", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := after(leftIn(tt.initial), results(tt.results)...).Proven(thresholds); got != tt.want {
				t.Errorf("%s after %q: proven %t, want %t", tt.initial, tt.results, got, tt.want)
			}
		})
	}
}

// The failing host's first failure starts 10 s past ten and is seen 100 ms later.
func TestEvidenceMustStartAfterFailure(t *testing.T) {
	failing := after(leftIn(health.Healthy), bad(10, probes.Timeout), bad(11, probes.Timeout))
	startedAt := func(started time.Time) health.Verdict {
		return after(leftIn(health.Healthy), health.Sample{Started: started, Ended: at(30)})
	}
	tests := []struct {
		name  string
		other health.Verdict
		want  bool
	}{
		{"started before the failing probe", startedAt(at(9)), false},
		{"started while the failing probe ran, ended long after it", startedAt(at(10).Add(took / 2)), false},
		{"started just before the failure was seen", startedAt(at(10).Add(took - 1)), false},
		{"started when the failure was seen", startedAt(at(10).Add(took)), true},
		{"started between the failures of the run", startedAt(at(10).Add(2 * took)), true},
		{"started later", startedAt(at(20)), true},
		{"never probed", leftIn(health.Healthy), false},
		{"failed since", after(leftIn(health.Healthy), ok(11), bad(12, probes.Timeout)), false},
		{"well again after a failure", after(leftIn(health.Healthy), bad(11, probes.Timeout), ok(12)), true},
		{"succeeding, but not healthy yet", after(leftIn(health.Unhealthy), ok(11)), false},
		{"healthy again", after(leftIn(health.Unhealthy), ok(11), ok(12)), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := health.Confirms(tt.other, failing); got != tt.want {
				t.Errorf("confirms %t, want %t", got, tt.want)
			}
		})
	}
}

func TestConfirmNeedsFailingHost(t *testing.T) {
	witness := after(leftIn(health.Healthy), ok(100))
	tests := []struct {
		name string
		host health.Verdict
	}{
		{"never probed", leftIn(health.Unhealthy)},
		{"succeeding", after(leftIn(health.Healthy), ok(1))},
		{"unhealthy, but its latest probe succeeded", after(leftIn(health.Healthy), results("---+")...)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if health.Confirms(witness, tt.host) {
				t.Error("confirmed as a lone failure")
			}
		})
	}
}
