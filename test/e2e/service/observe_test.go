package service

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework"
	"github.com/external-endpoints/operator/test/framework/waits"
)

func setMode(mode v1alpha1.Mode) func(*v1alpha1.ExternalService) {
	return func(o *v1alpha1.ExternalService) { o.Spec.Mode = mode }
}

// awaitObserving waits until an object is observed, and so many of its hosts are
// healthy and published.
func (w *World) awaitObserving(t *testing.T, object *v1alpha1.ExternalService, healthy, published int32) {
	t.Helper()
	waits.Eventually(t, waits.Timeout, func() error {
		if err := w.Observed(t, object); err != nil {
			return err
		}
		current := w.Get(t, object)
		accepted, ready := framework.Condition(current, v1alpha1.ConditionAccepted), framework.Condition(current, v1alpha1.ConditionReady)
		hosts := current.Status.Hosts
		if accepted.Status != metav1.ConditionTrue || ready.Reason != v1alpha1.ReasonObserving ||
			hosts.Healthy != healthy || hosts.Published != published {
			return fmt.Errorf("%s healthy, %d published; Accepted: %s; Ready: %s", hosts.Summary, hosts.Published,
				framework.Message(current, v1alpha1.ConditionAccepted), framework.Message(current, v1alpha1.ConditionReady))
		}
		return nil
	})
}

// onlyStatus fails the test when the operator has written anything in the test's
// namespace since then but statuses and events.
func (w *World) onlyStatus(t *testing.T, since time.Time) {
	t.Helper()
	for _, e := range w.Writes(t, since, "events", "externalservices/status") {
		if e.Object.Namespace == w.Namespace {
			t.Errorf("the operator wrote: %s %s %s", e.Verb, e.Resource(), e.Object.Name)
		}
	}
}

// TestDryRunWritesNothing puts an ExternalService beside what somebody
// has been writing by hand: EndpointSlices in one case, Endpoints in the other.
func TestDryRunWritesNothing(t *testing.T) {
	w := world(t)
	hosts := w.Cluster.Hosts()[:2]
	w.Create(t, w.selectorless("sliced"))
	slice := &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: "sliced-by-hand",
			Labels: map[string]string{discoveryv1.LabelServiceName: "sliced"}},
		AddressType: discoveryv1.AddressTypeIPv4,
		Ports:       []discoveryv1.EndpointPort{{Name: new("http"), Port: new(int32(8080))}},
		Endpoints:   []discoveryv1.Endpoint{{Addresses: framework.Addresses(hosts[0])}, {Addresses: framework.Addresses(hosts[1])}},
	}
	w.Create(t, slice)
	endpoints := w.writeByHand(t, "listed", hosts)
	untouched := w.remember(t, w.Service(t, "sliced"), slice, w.Service(t, "listed"), endpoints)

	began := time.Now()
	var objects []*v1alpha1.ExternalService
	for _, name := range []string{"sliced", "listed", "planned"} {
		object := w.Web(name, hosts...)
		if object.Spec.Mode = v1alpha1.ModeObserve; name != "planned" {
			object.Spec.Service.Management = v1alpha1.ServiceExisting
		}
		w.Create(t, object)
		objects = append(objects, object)
	}
	for _, object := range objects {
		w.awaitObserving(t, object, 2, 0)
	}
	if err := hosts[1].Kill(); err != nil {
		t.Fatal(err)
	}
	for _, object := range objects {
		w.awaitObserving(t, object, 1, 0)
	}
	w.AwaitRest(t)
	untouched()
	w.onlyStatus(t, began)
	if service := (&corev1.Service{}); w.find(t, "planned", service) {
		t.Error("a Service was created")
	}

	if err := hosts[1].Recover(); err != nil {
		t.Fatal(err)
	}
	planned := objects[2]
	w.awaitObserving(t, planned, 2, 0)
	framework.Change(t, w.Client, planned, setMode(v1alpha1.ModePublish))
	w.Heals(t, planned)
}

// TestServiceModeChangeLosesNoRequest lets a Service go and takes it up again
// under traffic. In between a host fails its check, while it still answers.
func TestServiceModeChangeLosesNoRequest(t *testing.T) {
	w := world(t)
	hosts := w.Cluster.Hosts()[:3]
	object := w.Web("let-go", hosts...)
	w.Serve(t, object)
	client := w.Stream(t, "client", "http://"+w.ClusterIP(t, "let-go")+"/")
	framework.AwaitEach(t, []*framework.Stream{client}, hosts)
	calm := time.Now()

	framework.Change(t, w.Client, object, setMode(v1alpha1.ModeObserve))
	w.awaitObserving(t, object, 3, 3)
	began := time.Now()
	if err := hosts[0].Health().Status(500); err != nil {
		t.Fatal(err)
	}
	w.awaitObserving(t, object, 2, 3)
	// Others may do with the slice what they want.
	slice := w.Slices(t, "let-go")[0]
	framework.Change(t, w.Client, &slice, func(s *discoveryv1.EndpointSlice) {
		s.Endpoints[1].Conditions.Ready, s.Endpoints[1].Conditions.Serving = new(false), new(false)
	})
	w.awaitObserving(t, object, 2, 2)
	client.AwaitOnly(t, "somebody took a host out", framework.Names(hosts[0], hosts[2]))
	w.onlyStatus(t, began)

	framework.Change(t, w.Client, object, setMode(v1alpha1.ModePublish))
	client.AwaitOnly(t, "the unhealthy host was taken out and the healthy one put back", framework.Names(hosts[1], hosts[2]))
	if diff := cmp.Diff(framework.Addresses(hosts[1:]...), w.Ready(t, "let-go")); diff != "" {
		t.Errorf("ready (-want +got):\n%s", diff)
	}
	report := client.Load.Report().Since(calm).Before(time.Now().Add(-framework.AnsweredWithin))
	if report.Sent() == 0 || len(report.Failures) > 0 {
		t.Errorf("requests were lost: %s", report)
	}
	t.Logf("both ways: %s", report)
}
