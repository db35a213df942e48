package evidence_test

import (
	"testing"

	"github.com/external-endpoints/operator/probes/evidence"
)

func TestRemovalNeedsFailureAfterFreshEvidence(t *testing.T) {
	p := add(evidence.NewFleet(epoch), true, 1, 2)
	p.plan(true, 1)
	p.probe(1, 1, true)
	p.probe(2, 1, true)
	steps := []struct {
		name      string
		member    int
		success   bool
		want      evidence.Removal
		expedited int
	}{
		{"the witness has not succeeded since", 1, false, evidence.Pending, 1},
		{"a success after the failure is fresh evidence, the member must fail again", 2, true, evidence.Pending, 1},
		{"a failure after the evidence allows the removal", 1, false, evidence.Allowed, 0},
		{"without a healthy witness the member is held", 2, false, evidence.Held, 0},
	}
	for i, step := range steps {
		p.probe(step.member, i+2, step.success)
		if got := p.removal(1, 1); got != step.want {
			t.Errorf("%s: %s, want %s", step.name, got, step.want)
		}
		if got := len(p.fleet.TakeExpedited()); got != step.expedited {
			t.Errorf("%s: %d targets expedited, want %d", step.name, got, step.expedited)
		}
	}
}

// The prober's network is down while no host is Active: failures from then are no evidence against
// hosts that become Active again.
func TestFailuresWithoutActiveHostsAreNotCorroborated(t *testing.T) {
	p := add(evidence.NewFleet(epoch), false, 1, 2)
	p.plan(false, 0)
	p.probe(1, 1, true)
	p.probe(2, 1, true)
	p.probe(1, 2, false)
	p.plan(true, 1)
	p.probe(2, 3, true)
	if got := p.removal(1, 1); got != evidence.Pending {
		t.Errorf("%s, want Pending: host 1 has not failed since host 2 has answered", got)
	}
	p.probe(1, 4, false)
	if got := p.removal(1, 1); got != evidence.Allowed {
		t.Errorf("%s, want Allowed", got)
	}
}
