package engine_test

import (
	"testing"

	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
)

// renamed is a member under another port name, of which nothing is known.
func renamed(m *engine.Member) { m.ID.Port, m.Initial = "http", health.Verdict{} }

func TestAPortThatIsRenamedTakesItsVerdictsAlong(t *testing.T) {
	for _, test := range []struct {
		name    string
		answers func(r *rig)
		change  func(*engine.Member)
		want    health.State
	}{
		{"a healthy host stays healthy", func(*rig) {}, renamed, health.Healthy},
		{"an unhealthy host stays unhealthy", func(r *rig) { r.hosts.Script(host(1), refused) }, renamed, health.Unhealthy},
		{
			"a host that is asked something else is a new one", func(*rig) {},
			func(m *engine.Member) { renamed(m); withOtherCheck(m) }, health.Unknown,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				test.answers(r)
				r.apply(t, plan(member(1)))
				pass(5 * interval)
				moved := but(member(1), test.change)
				r.apply(t, plan(moved))

				verdicts := r.Verdicts(orders)
				if got := verdicts[moved.ID]; len(verdicts) != 1 || got.State != test.want || got.Run.Length != 0 {
					t.Errorf("got %+v, want it %s, with no results of its own yet", verdicts, test.want)
				}
			})
		})
	}
}
