package e2e

import (
	"slices"
	"testing"
	"time"

	"github.com/external-endpoints/operator/api/v1alpha1"
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
		w.serve(t, object)
	}
	return operator
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

func TestRestartWithAllHostsHealthyWritesNothing(t *testing.T) {
	w := idleWorld(t)
	hosts := w.Cluster.Hosts()
	dual := w.web("dual", hosts...)
	for _, h := range hosts {
		dual.Spec.Hosts = append(dual.Spec.Hosts, v1alpha1.Host{Address: h.IPv6.String()})
	}
	headless := w.web("headless", hosts[:2]...)
	headless.Spec.Service.Headless = true
	objects := []*v1alpha1.ExternalService{w.web("plain", hosts...), w.web("single", hosts[0]), dual, headless}
	operator := w.restarting(t, objects...)
	w.awaitRest(t)

	began := time.Now()
	const times = 10
	for range times {
		restart(t, operator, objects...)
	}
	w.noWrites(t, began)
	t.Logf("measured: restart: %d writes in %d restarts with %d objects", len(w.writes(t, began)), times, len(objects))
}

func TestRestartDoesNotBringADeadHostBack(t *testing.T) {
	w := idleWorld(t)
	hosts := w.Cluster.Hosts()
	object := w.web("one-down", hosts...)
	operator := w.restarting(t, object)
	recorded := w.record(t, object.Name)
	fail(t, recorded, hosts[0], (*host.Host).Kill, hosts[1:])
	w.awaitRest(t)

	began := time.Now()
	for range 3 {
		restart(t, operator, object)
	}
	w.noWrites(t, began)
	states, err := recorded.States()
	if err != nil {
		t.Fatal(err)
	}
	for _, state := range states {
		if state.At.After(began) && slices.Contains(state.Ready, hosts[0].IPv4.String()) {
			t.Errorf("the dead host got traffic at %s", state.At)
		}
	}
	comeBack(t, recorded, hosts[0], hosts)
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
