package e2e

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/external-endpoints/operator/api/v1alpha1"
)

// isolationWindow is how long a prober that has lost its network takes to ask each of
// its hosts once more and to get no answer.
const isolationWindow = interval + timeout

// oneOfEachPolicy are objects that a prober without a network could empty each in its
// own way. They watch different hosts, so that it can be told from a dead site.
func (w *World) oneOfEachPolicy(t *testing.T) []tracked {
	t.Helper()
	hosts := w.Cluster.Hosts()
	const none = v1alpha1.ActionPublishNone
	return []tracked{
		w.track(t, w.web("keep-last", hosts...), hosts...),
		w.track(t, withPolicy(w.web("publish-all", hosts[:2]...), 2, v1alpha1.ActionPublishAll), hosts[:2]...),
		w.track(t, withPolicy(w.web("publish-none", hosts[1:3]...), 1, none), hosts[1:3]...),
		w.track(t, withPolicy(w.web("publish-none-of-one", hosts[3]), 1, none), hosts[3]),
		w.track(t, inTiers(w.web("tiers", hosts...), 2), hosts[:2]...),
		w.track(t, withPolicy(inTiers(w.web("tiers-of-none", hosts...), 2), 2, none), hosts[:2]...),
	}
}

// Row 2: 25 seconds, in which each host fails its threshold many times over; five
// minutes with E2E_FULL=1.
func TestProberWithoutItsNetworkTakesNobodyOut(t *testing.T) {
	w := world(t)
	objects := w.oneOfEachPolicy(t)
	var clients []*stream
	for _, o := range objects {
		clients = append(clients, w.stream(t, o.Name, "http://"+w.clusterIP(t, o.Name)+"/"))
		awaitEach(t, clients[len(clients)-1:], o.published)
	}
	w.awaitRest(t)
	downs, ups := w.transitions(t, "Unhealthy"), w.transitions(t, "Healthy")

	began := time.Now()
	cutOff := lasting(25*time.Second, 5*time.Minute)
	if err := w.Cluster.Isolate(); err != nil {
		t.Fatal(err)
	}
	eventually(t, 2*isolationWindow+slack, func() error { return w.tellsIsolation(t, objects) })
	told := time.Since(began)
	pass(t, time.Until(began.Add(cutOff)), nil)
	if err := w.tellsIsolation(t, objects); err != nil {
		t.Errorf("after %s without a network: %v", cutOff, err)
	}

	back := time.Now()
	if err := w.Cluster.Rejoin(); err != nil {
		t.Fatal(err)
	}
	for _, o := range objects {
		eventually(t, giveUp, func() error { return w.isWell(t, o) })
	}
	recovered := time.Since(back)
	if err := w.isolatedIs(t, 0); err != nil {
		t.Error(err)
	}
	w.awaitRest(t)

	untouched(t, "only the prober was cut off", objects...)
	w.noWrites(t, began, "externalservices/status", "events")
	sent := 0
	for _, client := range clients {
		report := client.load.Stop().Since(began)
		sent += report.Sent()
		if report.Sent() == 0 || len(report.Failures) > 0 {
			t.Errorf("%s: requests failed while only the prober was cut off: %s", client.name, report)
		}
	}
	// Every host goes down and comes up once: more would be flapping.
	watched := 0
	for _, o := range objects {
		watched += len(o.Spec.Hosts)
	}
	if down, up := w.transitions(t, "Unhealthy")-downs, w.transitions(t, "Healthy")-ups; down != watched || up != watched {
		t.Errorf("%d verdicts went down and %d up, of %d hosts that were gone once", down, up, watched)
	}
	t.Logf("measured: prober cut off for %s: %d objects, 0 removals, 0 of %d requests failed; told after %d ms (bound %d), all well %d ms after",
		cutOff, len(objects), sent, told.Milliseconds(), (2 * isolationWindow).Milliseconds(), recovered.Milliseconds())
}

// tellsIsolation returns nil when metric, condition and event say of all objects that
// the prober is isolated.
func (w *World) tellsIsolation(t *testing.T, objects []tracked) error {
	t.Helper()
	errs := []error{w.isolatedIs(t, 1)}
	for _, o := range objects {
		if current := w.get(t, o.ExternalService); condition(current, v1alpha1.ConditionDegraded).Reason != v1alpha1.ReasonProberIsolated {
			errs = append(errs, fmt.Errorf("%s: Degraded is %s", o.Name, message(current, v1alpha1.ConditionDegraded)))
		}
		errs = append(errs, w.hasEvent(t, o.ExternalService, v1alpha1.ReasonProberIsolated))
	}
	return errors.Join(errs...)
}

// isolatedIs returns nil when the metric of a prober without a network is that.
func (w *World) isolatedIs(t *testing.T, want float64) error {
	t.Helper()
	got, err := sum(t.Context(), w.Operator, "external_endpoints_prober_isolated")
	if err == nil && got != want {
		err = fmt.Errorf("external_endpoints_prober_isolated is %v, want %v", got, want)
	}
	return err
}

// transitions is how often hosts of the test's objects reached a state so far.
func (w *World) transitions(t *testing.T, to string) int {
	t.Helper()
	got, err := sum(t.Context(), w.Operator, "external_endpoints_transitions_total",
		fmt.Sprintf("namespace=%q", w.Namespace), fmt.Sprintf("to=%q", to))
	if err != nil {
		t.Fatal(err)
	}
	return int(got)
}
