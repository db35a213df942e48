package engine_test

import (
	"testing"

	"github.com/external-endpoints/operator/probes/engine"
)

// TestHostUpIsSharedBetweenNamespaces: the hosts of a large tenant, first in the order of
// names, must not hide those of another.
func TestHostUpIsSharedBetweenNamespaces(t *testing.T) {
	capped := func(o *engine.Options) { o.MaxHostSeries = 4 }
	inBubbleWith(t, capped, func(t *testing.T, r *rig) {
		r.apply(t, engine.Plan{Key: engine.Key{Namespace: "a-large-one", Name: "greedy"}, Members: hosts(10, 29)})
		r.apply(t, plan(hosts(1, 2)...))
		got := map[string]float64{}
		for labels := range r.series(t, "host_up") {
			got[labels] = 0
		}
		for _, want := range []string{
			"198.18.0.1 orders shop web", "198.18.0.2 orders shop web", "198.18.0.10 greedy a-large-one web", "198.18.0.11 greedy a-large-one web",
		} {
			if _, found := got[want]; !found || len(got) != 4 {
				t.Errorf("no %q among %v", want, got)
			}
		}
	})
}
