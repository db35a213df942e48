package quiet

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework"
	"github.com/external-endpoints/operator/test/framework/history"
	"github.com/external-endpoints/operator/test/framework/host"
	"github.com/external-endpoints/operator/test/framework/install"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// restarting is an operator that is killed and started while it looks after
// some objects. It is alone, so that it need not wait for the lease of the one
// before.
func (w *World) restarting(t *testing.T, objects ...*v1alpha1.ExternalService) *install.Operator {
	t.Helper()
	operator := w.Start(t, "restarting", "--leader-elect=false")
	for _, object := range objects {
		object.Spec.HealthCheck.Interval = "300ms"
		object.Spec.HealthCheck.Timeout = "300ms"
		w.Create(t, object)
	}
	for _, object := range objects {
		waits.Eventually(t, waits.Timeout, func() error { return framework.Publishes(w.Get(t, object), inTraffic(object)) })
	}
	return operator
}

// inTraffic is how many of the object's hosts get traffic while all are well: the first tier.
func inTraffic(object *v1alpha1.ExternalService) int {
	n := 0
	for _, h := range object.Spec.Hosts {
		if h.Priority == 0 {
			n++
		}
	}
	return n
}

// restart kills the operator, starts it, and waits until its own probes have
// told it all that it may want to act on.
func restart(t *testing.T, operator *install.Operator, objects ...*v1alpha1.ExternalService) {
	t.Helper()
	if err := operator.Restart(); err != nil {
		t.Fatal(err)
	}
	for _, object := range objects {
		awaitProbes(t, operator, object)
	}
}

// Row 3. The last restart is followed by more than a tier's hold-down.
func TestRestartWithHealthyHostsWritesNothing(t *testing.T) {
	w := idleWorld(t)
	hosts := w.Cluster.Hosts()
	dual := w.Web("dual", hosts...)
	for _, h := range hosts {
		dual.Spec.Hosts = append(dual.Spec.Hosts, v1alpha1.Host{Address: h.IPv6.String()})
	}
	headless := w.Web("headless", hosts[:2]...)
	headless.Spec.Service.Headless = true
	objects := []*v1alpha1.ExternalService{
		w.Web("plain", hosts...), w.Web("single", hosts[0]), dual, headless,
		framework.InTiers(w.Web("tiers", hosts...), 2),
		framework.WithPolicy(w.Web("publish-all", hosts[1:]...), 2, v1alpha1.ActionPublishAll),
		framework.WithPolicy(w.Web("publish-none", hosts[:3]...), 2, v1alpha1.ActionPublishNone),
		framework.WithPolicy(framework.InTiers(w.Web("tiers-of-all", hosts...), 1), 1, v1alpha1.ActionPublishAll),
	}
	operator := w.restarting(t, objects...)
	w.AwaitRest(t)

	began := time.Now()
	times := waits.ShortOrFull(10, 20)
	for range times {
		restart(t, operator, objects...)
	}
	w.AwaitRest(t)
	w.NoWrites(t, began)
	t.Logf("measured: restart: %d writes in %d restarts with %d objects", len(w.Writes(t, began)), times, len(objects))
}

// Row 4: not in one state that the watch has shown. Nor does a restart put in who
// stands by, or take out who stands in for others.
func TestRestartKeepsDeadHostOut(t *testing.T) {
	w := idleWorld(t)
	hosts := w.Cluster.Hosts()
	dead := hosts[0]
	objects := []*v1alpha1.ExternalService{
		w.Web("one-down", hosts...),
		framework.InTiers(w.Web("stands-by", hosts...), 2),
		framework.InTiers(w.Web("stands-in", hosts...), 1),
		framework.WithPolicy(w.Web("publish-none", hosts[:2]...), 1, v1alpha1.ActionPublishNone),
		framework.WithPolicy(w.Web("publish-all", hosts[:3]...), 2, v1alpha1.ActionPublishAll),
	}
	left := [][]*host.Host{hosts[1:], hosts[1:2], hosts[1:], hosts[1:2], hosts[1:3]}
	operator := w.restarting(t, objects...)
	var recorded []*history.Slices
	for _, object := range objects {
		recorded = append(recorded, w.Record(t, object.Name))
	}
	if err := dead.Kill(); err != nil {
		t.Fatal(err)
	}
	for i := range objects {
		framework.AwaitReady(t, recorded[i], waits.Timeout, left[i]...)
	}
	w.AwaitRest(t)

	began := time.Now()
	for range 3 {
		restart(t, operator, objects...)
	}
	w.AwaitRest(t)
	w.NoWrites(t, began)
	for i, object := range objects {
		for _, state := range framework.States(t, recorded[i]) {
			if state.At.After(began) && slices.Contains(state.Ready, dead.IPv4.String()) {
				t.Errorf("%s: the dead host got traffic at %s", object.Name, state.At)
			}
		}
	}
	framework.ComeBack(t, recorded[0], dead, hosts)
	for _, object := range objects {
		waits.Eventually(t, waits.Timeout, func() error { return w.AllWell(t, object, inTraffic(object)) })
	}
}

func TestRestartKeepsFailStaticHosts(t *testing.T) {
	w := idleWorld(t)
	hosts := w.Cluster.Hosts()
	object := w.Web("all-down", hosts...)
	operator := w.restarting(t, object)
	recorded := w.Record(t, object.Name)
	framework.Together(t, hosts, (*host.Host).Kill)
	w.AwaitFailStatic(t, object)
	w.AwaitRest(t)

	began := time.Now()
	for range 3 {
		restart(t, operator, object)
	}
	w.NoWrites(t, began)
	if events := framework.Changes(t, recorded); len(events) != 1 {
		t.Errorf("the slice was written %d times while all hosts were down", len(events)-1)
	}
}

// awaitProbes waits until an operator that was just started has probed each of
// the object's hosts often enough for every verdict, and once more.
func awaitProbes(t *testing.T, operator *install.Operator, object *v1alpha1.ExternalService) {
	t.Helper()
	const enough = 3 + 1 // unhealthyThreshold is the longest
	waits.Eventually(t, waits.Timeout, func() error {
		probes, err := operator.Sum(t.Context(), "external_endpoints_probes_total", framework.Labels(object)...)
		if want := float64(enough * len(object.Spec.Hosts)); err == nil && probes < want {
			err = fmt.Errorf("%v probes of %s, want %v", probes, object.Name, want)
		}
		return err
	})
}
