package e2e

import (
	"slices"
	"testing"
	"time"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/cluster/history"
	"github.com/external-endpoints/operator/test/cluster/host"
	"github.com/external-endpoints/operator/test/product"
)

// restarting is an operator that is killed and started while it looks after
// some objects. It is alone, so that it need not wait for the lease of the one
// before.
func (w *World) restarting(t *testing.T, objects ...*v1alpha1.ExternalService) *product.Operator {
	t.Helper()
	operator := w.start(t, "restarting", "--leader-elect=false")
	for _, object := range objects {
		object.Spec.HealthCheck.Interval = "300ms"
		object.Spec.HealthCheck.Timeout = "300ms"
		w.create(t, object)
	}
	for _, object := range objects {
		eventually(t, readyWithin, func() error { return publishes(w.get(t, object), inTraffic(object)) })
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
func restart(t *testing.T, operator *product.Operator, objects ...*v1alpha1.ExternalService) {
	t.Helper()
	if err := operator.Restart(); err != nil {
		t.Fatal(err)
	}
	for _, object := range objects {
		awaitProbes(t, operator, object)
	}
}

// Row 3. The last restart is followed by more than a tier's hold-down.
func TestRestartWithAllHostsHealthyWritesNothing(t *testing.T) {
	w := idleWorld(t)
	hosts := w.Cluster.Hosts()
	dual := w.web("dual", hosts...)
	for _, h := range hosts {
		dual.Spec.Hosts = append(dual.Spec.Hosts, v1alpha1.Host{Address: h.IPv6.String()})
	}
	headless := w.web("headless", hosts[:2]...)
	headless.Spec.Service.Headless = true
	objects := []*v1alpha1.ExternalService{
		w.web("plain", hosts...), w.web("single", hosts[0]), dual, headless,
		inTiers(w.web("tiers", hosts...), 2),
		withPolicy(w.web("publish-all", hosts[1:]...), 2, v1alpha1.ActionPublishAll),
		withPolicy(w.web("publish-none", hosts[:3]...), 2, v1alpha1.ActionPublishNone),
		withPolicy(inTiers(w.web("tiers-of-all", hosts...), 1), 1, v1alpha1.ActionPublishAll),
	}
	operator := w.restarting(t, objects...)
	w.awaitRest(t)

	began := time.Now()
	times := lasting(10, 20)
	for range times {
		restart(t, operator, objects...)
	}
	w.awaitRest(t)
	w.noWrites(t, began)
	t.Logf("measured: restart: %d writes in %d restarts with %d objects", len(w.writes(t, began)), times, len(objects))
}

// Row 4: not in one state that the watch has shown. Nor does a restart put in who
// stands by, or take out who stands in for others.
func TestRestartDoesNotBringADeadHostBack(t *testing.T) {
	w := idleWorld(t)
	hosts := w.Cluster.Hosts()
	dead := hosts[0]
	objects := []*v1alpha1.ExternalService{
		w.web("one-down", hosts...),
		inTiers(w.web("stands-by", hosts...), 2),
		inTiers(w.web("stands-in", hosts...), 1),
		withPolicy(w.web("publish-none", hosts[:2]...), 1, v1alpha1.ActionPublishNone),
		withPolicy(w.web("publish-all", hosts[:3]...), 2, v1alpha1.ActionPublishAll),
	}
	left := [][]*host.Host{hosts[1:], hosts[1:2], hosts[1:], hosts[1:2], hosts[1:3]}
	operator := w.restarting(t, objects...)
	var recorded []*history.Slices
	for _, object := range objects {
		recorded = append(recorded, w.record(t, object.Name))
	}
	if err := dead.Kill(); err != nil {
		t.Fatal(err)
	}
	for i := range objects {
		awaitReady(t, recorded[i], giveUp, left[i]...)
	}
	w.awaitRest(t)

	began := time.Now()
	for range 3 {
		restart(t, operator, objects...)
	}
	w.awaitRest(t)
	w.noWrites(t, began)
	for i, object := range objects {
		for _, state := range states(t, recorded[i]) {
			if state.At.After(began) && slices.Contains(state.Ready, dead.IPv4.String()) {
				t.Errorf("%s: the dead host got traffic at %s", object.Name, state.At)
			}
		}
	}
	comeBack(t, recorded[0], dead, hosts)
	for _, object := range objects {
		eventually(t, giveUp, func() error { return w.allWell(t, object, inTraffic(object)) })
	}
}

func TestRestartWhileAllHostsAreDownKeepsThemPublished(t *testing.T) {
	w := idleWorld(t)
	hosts := w.Cluster.Hosts()
	object := w.web("all-down", hosts...)
	operator := w.restarting(t, object)
	recorded := w.record(t, object.Name)
	together(t, hosts, (*host.Host).Kill)
	w.awaitFailStatic(t, object)
	w.awaitRest(t)

	began := time.Now()
	for range 3 {
		restart(t, operator, object)
	}
	w.noWrites(t, began)
	if events := changes(t, recorded); len(events) != 1 {
		t.Errorf("the slice was written %d times while all hosts were down", len(events)-1)
	}
}
