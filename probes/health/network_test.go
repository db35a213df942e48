package health_test

import (
	"testing"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/health"
)

func TestBlameHostWhenNetworkIsUp(t *testing.T) {
	failing := after(leftIn(health.Healthy), bad(10, probes.Timeout), bad(11, probes.Timeout))
	seen := at(10).Add(took)
	tests := []struct {
		name    string
		network health.Network
		failing health.Verdict
		want    bool
	}{
		{"nobody has answered", health.Network{}, failing, false},
		{"somebody was asked before the failure was seen", health.Network{LastSuccess: seen.Add(-1)}, failing, false},
		{"somebody was asked since", health.Network{LastSuccess: seen}, failing, true},
		{"nobody is left to ask", health.Network{Alone: true}, failing, true},
		{"isolated", health.Network{Isolated: true, LastSuccess: seen}, failing, false},
		{"isolated, and nobody left to ask", health.Network{Isolated: true, Alone: true}, failing, false},
		{"the host does not fail", health.Network{Alone: true}, after(failing, ok(12)), false},
		{"the failures were the prober's own", health.Network{LastSuccess: at(20)}, failing.Forgotten(), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.network.Corroborates(tt.failing); got != tt.want {
				t.Errorf("vouches %t, want %t", got, tt.want)
			}
		})
	}
}

func TestForgetRequiresNewFailures(t *testing.T) {
	down := after(leftIn(health.Healthy), results("+-----")...).Forgotten()
	if down.State != health.Unhealthy || down.Reason != probes.Timeout || down.LastSuccess != at(0) {
		t.Errorf("forgot what it is, too: %+v", down)
	}
	for range 2 {
		if down.Proven(thresholds) || down.Unsettled() {
			t.Errorf("proven %t, unsettled %t", down.Proven(thresholds), down.Unsettled())
		}
		down = down.Next(bad(30, probes.Timeout), thresholds)
	}
	if !down.Next(bad(31, probes.Timeout), thresholds).Proven(thresholds) {
		t.Error("not proven by a full threshold of new failures")
	}
}
