package service

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework"
	"github.com/external-endpoints/operator/test/framework/waits"
)

const (
	// restoredWithin is how soon what others did to our objects is undone.
	restoredWithin = 2 * time.Second
	// mostReverts is how often in a minute that is done for one object.
	mostReverts = 5
)

// edit is something that somebody else does to an object of ours.
type edit struct {
	name string
	do   func(*testing.T, *World, published)
}

// published are the objects of one ExternalService.
type published struct {
	service   *corev1.Service
	slice     *discoveryv1.EndpointSlice
	endpoints *corev1.Endpoints
}

var edits = []edit{
	{"slice emptied", editSlice(func(s *discoveryv1.EndpointSlice) { s.Endpoints = nil })},
	{"slice not ready", editSlice(func(s *discoveryv1.EndpointSlice) { s.Endpoints[0].Conditions.Ready = new(false) })},
	{"address added to the slice", editSlice(func(s *discoveryv1.EndpointSlice) {
		s.Endpoints = append(s.Endpoints, discoveryv1.Endpoint{Addresses: []string{"198.51.100.9"}})
	})},
	{"port changed in the slice", editSlice(func(s *discoveryv1.EndpointSlice) { s.Ports[0].Port = new(int32(9)) })},
	{"slice claimed by another manager", editSlice(func(s *discoveryv1.EndpointSlice) {
		s.Labels[discoveryv1.LabelManagedBy] = "somebody"
	})},
	{"slice moved to another Service", editSlice(func(s *discoveryv1.EndpointSlice) {
		s.Labels[discoveryv1.LabelServiceName] = "other"
	})},
	{"slice's labels removed", editSlice(func(s *discoveryv1.EndpointSlice) { s.Labels = nil })},
	{"slice disowned", editSlice(func(s *discoveryv1.EndpointSlice) { s.OwnerReferences = nil })},
	{"slice deleted", func(t *testing.T, w *World, p published) { w.Remove(t, p.slice) }},
	{"Endpoints emptied", editEndpoints(func(e *corev1.Endpoints) { e.Subsets = nil })},
	{"Endpoints to be mirrored", editEndpoints(func(e *corev1.Endpoints) { delete(e.Labels, discoveryv1.LabelSkipMirror) })},
	{"Endpoints' labels removed", editEndpoints(func(e *corev1.Endpoints) { e.Labels = nil })},
	{"Endpoints disowned", editEndpoints(func(e *corev1.Endpoints) { e.OwnerReferences = nil })},
	{"Endpoints deleted", func(t *testing.T, w *World, p published) { w.Remove(t, p.endpoints) }},
	{"Service's port changed", editService(func(s *corev1.Service) { s.Spec.Ports[0].Port = 81 })},
	{"Service of another type", editService(func(s *corev1.Service) { s.Spec.Type = corev1.ServiceTypeNodePort })},
	{"Service's owner removed", editService(func(s *corev1.Service) { s.OwnerReferences = nil })},
	{"Service deleted", func(t *testing.T, w *World, p published) { w.Remove(t, p.service) }},
}

func TestForeignChangesAreReverted(t *testing.T) {
	w := world(t)
	for i, e := range edits {
		t.Run(e.name, func(t *testing.T) {
			object := w.Unchecked(fmt.Sprintf("edited-%d", i))
			w.Serve(t, object)
			before := w.published(t, object)
			e.do(t, w, w.published(t, object))
			done := time.Now()
			waits.Eventually(t, restoredWithin, func() error { return w.restored(t, before) })
			t.Logf("restored after %s", framework.Ms(time.Since(done)))
			w.Heals(t, object)
		})
	}
}

// TestConflictingControllerIsDamped has somebody undo our slice again and again.
func TestConflictingControllerIsDamped(t *testing.T) {
	w := world(t)
	object := w.Unchecked("fought-over")
	w.Serve(t, object)
	before := w.published(t, object)
	empty := editSlice(func(s *discoveryv1.EndpointSlice) { s.Endpoints = nil })

	begun := time.Now()
	for range mostReverts {
		empty(t, w, w.published(t, object))
		waits.Eventually(t, restoredWithin, func() error { return w.restored(t, before) })
	}
	empty(t, w, w.published(t, object))
	waits.Eventually(t, waits.Timeout, func() error {
		c := framework.Condition(w.Get(t, object), v1alpha1.ConditionProgrammed)
		if c.Status != metav1.ConditionFalse || c.Reason != v1alpha1.ReasonWriteFailed {
			return fmt.Errorf("the %d. edit of a minute must be told, Programmed is %s (%s)", mostReverts+1, c.Status, c.Reason)
		}
		return nil
	})
	t.Logf("told: %s", framework.Message(w.Get(t, object), v1alpha1.ConditionProgrammed))
	waits.Eventually(t, waits.Timeout, func() error { return w.HasEvent(t, object, v1alpha1.ReasonWriteFailed) })
	waits.Always(t, framework.Watched, func() error {
		if len(w.published(t, object).slice.Endpoints) > 0 {
			return fmt.Errorf("the slice was restored %d times in %s", mostReverts+1, time.Since(begun))
		}
		return nil
	})

	// What the user asks for is no part of the fight.
	framework.Change(t, w.Client, object, func(o *v1alpha1.ExternalService) { o.Spec.Hosts[1].State = v1alpha1.HostDisabled })
	waits.Eventually(t, restoredWithin, func() error {
		if diff := cmp.Diff(framework.Addresses(w.Cluster.Hosts()[0]), w.Ready(t, "fought-over")); diff != "" {
			return fmt.Errorf("a change of the spec must not wait (-want +got):\n%s", diff)
		}
		return nil
	})
	w.Heals(t, object)
}

// published reads what the operator has written for the object: one of each.
func (w *World) published(t *testing.T, object *v1alpha1.ExternalService) published {
	t.Helper()
	p := published{service: w.Service(t, object.Name), endpoints: &corev1.Endpoints{}}
	waits.Eventually(t, restoredWithin, func() error {
		all := w.Slices(t, object.Name)
		if len(all) != 1 || !w.find(t, object.Name, p.endpoints) {
			return fmt.Errorf("%d slices, and Endpoints %q", len(all), p.endpoints.Name)
		}
		p.slice = &all[0]
		return nil
	})
	return p
}

// restored returns nil when everything says again what it said before.
func (w *World) restored(t *testing.T, before published) error {
	t.Helper()
	now := published{service: &corev1.Service{}, slice: &discoveryv1.EndpointSlice{}, endpoints: &corev1.Endpoints{}}
	if !w.find(t, before.service.Name, now.service) || !w.find(t, before.slice.Name, now.slice) ||
		!w.find(t, before.endpoints.Name, now.endpoints) {
		return fmt.Errorf("Service %q, EndpointSlice %q, Endpoints %q must all be there", now.service.Name, now.slice.Name, now.endpoints.Name)
	}
	if all := w.Slices(t, before.service.Name); len(all) != 1 {
		return fmt.Errorf("%d slices of the Service, want 1", len(all))
	}
	if diff := cmp.Diff(before.essence(), now.essence()); diff != "" {
		return fmt.Errorf("not as it was (-want +got):\n%s", diff)
	}
	return nil
}

// essence is what must come back: all but what the API server gives out anew.
func (p published) essence() []any {
	return []any{
		p.service.Labels, owners(p.service), p.service.Spec.Type, p.service.Spec.Selector, p.service.Spec.Ports,
		p.slice.Labels, owners(p.slice), p.slice.AddressType, p.slice.Ports, p.slice.Endpoints,
		p.endpoints.Labels, owners(p.endpoints), p.endpoints.Subsets,
	}
}

func owners(object client.Object) []metav1.OwnerReference { return object.GetOwnerReferences() }

func editSlice(how func(*discoveryv1.EndpointSlice)) func(*testing.T, *World, published) {
	return func(t *testing.T, w *World, p published) {
		t.Helper()
		framework.Change(t, w.Client, p.slice, how)
	}
}

func editEndpoints(how func(*corev1.Endpoints)) func(*testing.T, *World, published) {
	return func(t *testing.T, w *World, p published) {
		t.Helper()
		framework.Change(t, w.Client, p.endpoints, how)
	}
}

func editService(how func(*corev1.Service)) func(*testing.T, *World, published) {
	return func(t *testing.T, w *World, p published) {
		t.Helper()
		framework.Change(t, w.Client, p.service, how)
	}
}
