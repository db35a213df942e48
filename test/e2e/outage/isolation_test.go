package outage

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework"
	"github.com/external-endpoints/operator/test/framework/load"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// isolationWindow is how long a prober that has lost its network takes to ask each of
// its hosts once more and to get no answer.
const isolationWindow = framework.Interval + framework.Timeout

// oneOfEachPolicy are objects that a prober without a network could empty each in its
// own way. They watch different hosts, so that it can be told from a dead site.
func (w *World) oneOfEachPolicy(t *testing.T) []framework.Tracked {
	t.Helper()
	hosts := w.Cluster.Hosts()
	const none = v1alpha1.ActionPublishNone
	return []framework.Tracked{
		w.Track(t, w.Web("keep-last", hosts...), hosts...),
		w.Track(t, framework.WithPolicy(w.Web("publish-all", hosts[:2]...), 2, v1alpha1.ActionPublishAll), hosts[:2]...),
		w.Track(t, framework.WithPolicy(w.Web("publish-none", hosts[1:3]...), 1, none), hosts[1:3]...),
		w.Track(t, framework.WithPolicy(w.Web("publish-none-of-one", hosts[3]), 1, none), hosts[3]),
		w.Track(t, framework.InTiers(w.Web("tiers", hosts...), 2), hosts[:2]...),
		w.Track(t, framework.WithPolicy(framework.InTiers(w.Web("tiers-of-none", hosts...), 2), 2, none), hosts[:2]...),
	}
}

// Row 2: 25 seconds, in which each host fails its threshold many times over; five
// minutes with E2E_FULL=1.
func TestIsolatedProberRemovesNoHost(t *testing.T) {
	w := world(t)
	objects := w.oneOfEachPolicy(t)
	var clients []*framework.Stream
	for _, o := range objects {
		// Who is taken out refuses at once, so that patience with a busy machine hides nothing.
		clients = append(clients, w.StreamOf(t, o.Name, load.Spec{Target: "http://" + w.ClusterIP(t, o.Name) + "/", Rate: 40, Timeout: 10 * time.Second}))
		framework.AwaitEach(t, clients[len(clients)-1:], o.Published)
	}
	w.AwaitRest(t)
	downs, ups := w.transitions(t, "Unhealthy"), w.transitions(t, "Healthy")

	began := time.Now()
	cutOff := waits.ShortOrFull(25*time.Second, 5*time.Minute)
	if err := w.Cluster.Isolate(); err != nil {
		t.Fatal(err)
	}
	waits.Eventually(t, 2*isolationWindow+framework.Slack, func() error { return w.tellsIsolation(t, objects) })
	told := time.Since(began)
	waits.Elapse(t, time.Until(began.Add(cutOff)))
	if err := w.tellsIsolation(t, objects); err != nil {
		t.Errorf("after %s without a network: %v", cutOff, err)
	}

	back := time.Now()
	if err := w.Cluster.Rejoin(); err != nil {
		t.Fatal(err)
	}
	for _, o := range objects {
		waits.Eventually(t, waits.Timeout, func() error { return w.IsWell(t, o) })
	}
	recovered := time.Since(back)
	if err := w.IsolatedIs(t, 0); err != nil {
		t.Error(err)
	}
	w.AwaitRest(t)

	framework.Untouched(t, "only the prober was cut off", objects...)
	w.NoWrites(t, began, "externalservices/status", "events")
	sent := 0
	for _, client := range clients {
		report := client.Load.Stop().Since(began)
		sent += report.Sent()
		if report.Sent() == 0 || len(report.Failures) > 0 {
			t.Errorf("%s: requests failed while only the prober was cut off: %s", client.Name, report)
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
func (w *World) tellsIsolation(t *testing.T, objects []framework.Tracked) error {
	t.Helper()
	errs := []error{w.IsolatedIs(t, 1)}
	for _, o := range objects {
		if current := w.Get(t, o.ExternalService); framework.Condition(current, v1alpha1.ConditionDegraded).Reason != v1alpha1.ReasonProberIsolated {
			errs = append(errs, fmt.Errorf("%s: Degraded is %s", o.Name, framework.Message(current, v1alpha1.ConditionDegraded)))
		}
		errs = append(errs, w.HasEvent(t, o.ExternalService, v1alpha1.ReasonProberIsolated))
	}
	return errors.Join(errs...)
}

// transitions is how often hosts of the test's objects reached a state so far.
func (w *World) transitions(t *testing.T, to string) int {
	t.Helper()
	got, err := w.Operator.Sum(t.Context(), "external_endpoints_transitions_total",
		fmt.Sprintf("namespace=%q", w.Namespace), fmt.Sprintf("to=%q", to))
	if err != nil {
		t.Fatal(err)
	}
	return int(got)
}
