package externalservice

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
)

func (c *cluster) wantServing(numbers ...int) {
	c.t.Helper()
	var want []string
	for _, n := range numbers {
		want = append(want, address(n).String())
	}
	got := c.serving()
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		c.t.Errorf("serving (-want +got):\n%s", diff)
	}
}

func TestTheNextTierIsAddedInTheWriteThatTakesTheFirstOut(t *testing.T) {
	c := newCluster(t, tiered([]int{1}, []int{2, 3}))
	c.judged(hosts.Verdicts{id(1): up(0), id(2): up(0), id(3): up(0)})
	c.wantServing(1)
	c.wantWrites(c.judged(hosts.Verdicts{id(1): down(50), id(2): up(60), id(3): up(60)}), updateSlice, updateEndpoints, updateStatus)
	c.wantServing(2, 3)
	c.wantQuiet()
	c.wantWrites(c.judged(hosts.Verdicts{id(1): back(2)}), updateStatus)
	c.wantServing(2, 3)
	c.wantWrites(c.judged(hosts.Verdicts{id(1): back(6)}), updateSlice, updateEndpoints, updateStatus)
	c.wantServing(1)
	if hosts := c.object().Status.Hosts; hosts.Healthy != 3 || hosts.Published != 1 || hosts.Total != 3 {
		t.Errorf("hosts are %+v: those that stand by count", hosts)
	}
}

// The hosts of a predecessor's standby tier are no reason to write, and their
// healthy hosts no reason to move.
func TestARestartDoesNotMoveTheTraffic(t *testing.T) {
	c := newCluster(t, tiered([]int{1}, []int{2, 3}))
	c.judged(hosts.Verdicts{id(1): up(0), id(2): up(0), id(3): up(0)})
	c.judged(hosts.Verdicts{id(1): down(50), id(2): up(60), id(3): up(60)})
	c.judged(hosts.Verdicts{id(1): back(5)})
	c.restart()
	c.wantQuiet()
	c.wantWrites(c.judged(hosts.Verdicts{id(1): back(5)}))
	c.wantServing(2, 3)
	c.judged(hosts.Verdicts{id(1): back(6)})
	c.wantServing(1)
}

func TestPublishNoneEmptiesTheServiceOnceTheNetworkIsVouchedFor(t *testing.T) {
	c := newCluster(t, object(func(o *v1alpha1.ExternalService) {
		o.Spec.FailurePolicy = policy("1", v1alpha1.ActionPublishNone)
	}))
	c.judged(hosts.Verdicts{id(1): up(0), id(2): up(0), id(3): up(0)})
	received(c.recorder)
	c.engine.network = health.Network{Isolated: true}
	c.judged(hosts.Verdicts{id(1): down(50), id(2): down(50), id(3): down(50)})
	c.wantServing(1, 2, 3)
	if got := c.condition(v1alpha1.ConditionDegraded); got != "True ProberIsolated" {
		t.Errorf("Degraded is %s", got)
	}
	if got := scrape(t, c.registry); !slices.Contains(got, "external_endpoints_fail_static{name=orders-db,namespace=shop} 1") {
		t.Error("the policy in force is in no metric")
	}
	c.engine.network = health.Network{LastSuccess: at(60)}
	c.wantWrites(c.mustReconcile(), updateSlice, updateEndpoints, updateStatus)
	c.wantServing()
	if got := c.condition(v1alpha1.ConditionDegraded); got != "True FailStatic" {
		t.Errorf("Degraded is %s", got)
	}
	c.wantQuiet()
	c.restart()
	c.engine.network = health.Network{Alone: true}
	c.wantQuiet()
	if got := c.condition(v1alpha1.ConditionDegraded); got != "True FailStatic" {
		t.Errorf("after a restart Degraded is %s", got)
	}
}

func TestAPortRenamedInAnOutageKeepsItsHosts(t *testing.T) {
	c := allUp(t, object())
	c.judged(hosts.Verdicts{id(1): down(50), id(2): down(50), id(3): down(50)})
	c.edit(func(o *v1alpha1.ExternalService) { o.Spec.Ports[0].Name = "sql" })
	// The engine goes on with the verdicts of what is checked in the same place.
	sql := hosts.Verdicts{}
	for n := 1; n <= 3; n++ {
		sql[engine.MemberID{Address: address(n), Port: "sql"}] = down(50)
	}
	c.engine.verdicts[engine.Key(orders)] = sql
	c.mustReconcile()
	c.wantServing(1, 2, 3)
	if got := c.condition(v1alpha1.ConditionDegraded); got != "True FailStatic" {
		t.Errorf("Degraded is %s", got)
	}
	c.wantQuiet()
}
