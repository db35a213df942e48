package engine_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
)

// A witness is probed on, and its next answer comes while the host that failed is asked
// once more. It must not take away what the one before has proved.
func TestALaterAnswerTakesNoEvidenceAway(t *testing.T) {
	for _, tt := range []struct {
		fall   int
		within time.Duration
	}{
		{1, 2*timeout + fastInterval}, // the witness is asked a fast interval after its latest probe
		{2, 3 * timeout},              // the second failure is one of a probe from before it answered
		{3, 3 * timeout},
	} {
		for n := 2; n <= 12; n++ { // each has a phase of its own
			t.Run(fmt.Sprintf("fall %d, witness %d", tt.fall, n), func(t *testing.T) {
				inBubble(t, func(t *testing.T, r *rig) {
					limits := health.Thresholds{Rise: 2, Fall: tt.fall}
					r.apply(t, plan(but(member(1), func(m *engine.Member) { m.Thresholds = limits }), member(n)))
					r.settle()
					began := r.failNext(1, hanging)
					pass(tt.within)

					v := r.verdict(1)
					if !v.Proven(limits) || !v.Run.Corroborated {
						t.Errorf("%d failures, corroborated: %t; the witness was probed after %s, the host after %s",
							v.Run.Length, v.Run.Corroborated, r.startsSince(n, began), r.startsSince(1, began))
					}
				})
			})
		}
	}
}
