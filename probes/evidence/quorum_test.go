package evidence_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/external-endpoints/operator/probes/evidence"
)

// The fleet counts witnesses at each result, and the gate sorts them once a reconcile. When both see
// the same verdicts, a removal is allowed exactly when no further probe is expedited for it.
func TestGateAndFleetAgreeOnQuorum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const members = 4
		p, quorum := add(evidence.NewFleet(epoch), true, 1, 2, 3, members), rapid.IntRange(1, 2).Draw(t, "quorum")
		p.plan(true, quorum)
		for n := range members {
			p.probe(n+1, 0, true)
		}
		for second := range 30 {
			n := rapid.IntRange(1, members).Draw(t, "member")
			success := rapid.Bool().Draw(t, "success")
			p.fleet.TakeExpedited()
			p.probe(n, second+1, success)
			missing := len(p.fleet.TakeExpedited())
			switch removal := p.removal(n, quorum); {
			case success && removal != evidence.Pending:
				t.Fatalf("%s for a member that has just succeeded", removal)
			case !success && removal == evidence.Allowed && missing > 0:
				t.Fatalf("Allowed, and %d witnesses expedited", missing)
			case !success && removal == evidence.Pending && missing == 0:
				t.Fatal("Pending, and no probe expedited")
			}
		}
	})
}
