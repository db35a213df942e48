package failover

import (
	"fmt"
	"testing"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// Row 25: one namespace asks for 160,000 probes a second, which is more than one process can
// make. A host in another namespace goes out as if it were not there, and the metric says
// whose probes wait.
func TestFailoverTimeIsSameBesideGreedyNamespace(t *testing.T) {
	w, greedy := idleWorld(t), idleWorld(t)
	operator := w.startGuarded(t, "greedy")
	alone := w.failOvers(t, "alone")

	o := greedy.atLimit(t, "greedy", limitPorts)
	o.Spec.HealthCheck = v1alpha1.HealthCheck{Interval: "100ms", Timeout: "100ms", FastInterval: "100ms", TCP: &v1alpha1.TCPCheck{}}
	greedy.Create(t, o)
	waits.Eventually(t, waits.Timeout, func() error {
		if n := operator.probed(t, o); n < limitHosts*limitPorts {
			return fmt.Errorf("%d probes have ended", n)
		}
		return nil
	})
	before := operator.probed(t, o)
	beside := w.failOvers(t, "beside")
	framework.Within(t, "first failing probe to slice, beside a greedy namespace", beside, alone+framework.Slack)
	operator.unharmed(t, limitMemory)
	t.Logf("measured: %d probes of the greedy namespace meanwhile", operator.probed(t, o)-before)
}
