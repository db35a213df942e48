package framework

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework/host"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// The check of most tests, as its issue has it: fast enough to measure.
const (
	Interval     = time.Second
	FastInterval = 200 * time.Millisecond
	Timeout      = 500 * time.Millisecond
)

// Web is an ExternalService of hosts' port 8080 as port 80, checked over HTTP.
// Tests change what they are about before they create it.
func (w *World) Web(name string, hosts ...*host.Host) *v1alpha1.ExternalService {
	object := &v1alpha1.ExternalService{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: name},
		Spec: v1alpha1.ExternalServiceSpec{
			Ports: []v1alpha1.Port{{Name: "http", Port: 80, TargetPort: 8080}},
			HealthCheck: v1alpha1.HealthCheck{
				Interval:     "1s",
				FastInterval: "200ms",
				Timeout:      "500ms",
				HTTP:         &v1alpha1.HTTPCheck{Path: host.HealthPath},
			},
		},
	}
	for _, h := range hosts {
		object.Spec.Hosts = append(object.Spec.Hosts, v1alpha1.Host{Address: h.IPv4.String()})
	}
	return object
}

// Create creates any object, which goes with the namespace.
func (w *World) Create(t *testing.T, object client.Object) {
	t.Helper()
	if err := w.Client.Create(t.Context(), object); err != nil {
		t.Fatal(err)
	}
}

// Serve creates an ExternalService and waits until every active host is served.
func (w *World) Serve(t *testing.T, object *v1alpha1.ExternalService) {
	t.Helper()
	w.Create(t, object)
	waits.Eventually(t, waits.Timeout, func() error { return w.Served(t, object) })
}

// Served returns nil when the object is Ready with all its hosts.
func (w *World) Served(t *testing.T, object *v1alpha1.ExternalService) error {
	t.Helper()
	current := w.Get(t, object)
	hosts := current.Status.Hosts
	if !meta.IsStatusConditionTrue(current.Status.Conditions, v1alpha1.ConditionReady) || hosts.Published != hosts.Total {
		return fmt.Errorf("ExternalService %s: %s, Ready: %s", object.Name, hosts.Summary,
			Message(current, v1alpha1.ConditionReady))
	}
	return nil
}

// Get reads the object anew.
func (w *World) Get(t *testing.T, object *v1alpha1.ExternalService) *v1alpha1.ExternalService {
	t.Helper()
	current := &v1alpha1.ExternalService{}
	if err := w.Client.Get(t.Context(), client.ObjectKeyFromObject(object), current); err != nil {
		t.Fatal(err)
	}
	return current
}

// ClusterIP is the address of a Service.
func (w *World) ClusterIP(t *testing.T, name string) string {
	t.Helper()
	service := &corev1.Service{}
	if err := w.Client.Get(t.Context(), client.ObjectKey{Namespace: w.Namespace, Name: name}, service); err != nil {
		t.Fatal(err)
	}
	return service.Spec.ClusterIP
}

// Slices are the EndpointSlices of a Service, sorted by name.
func (w *World) Slices(t *testing.T, service string) []discoveryv1.EndpointSlice {
	t.Helper()
	var list discoveryv1.EndpointSliceList
	if err := w.Client.List(t.Context(), &list, client.InNamespace(w.Namespace),
		client.MatchingLabels{discoveryv1.LabelServiceName: service}); err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(list.Items, func(a, b discoveryv1.EndpointSlice) int { return strings.Compare(a.Name, b.Name) })
	return list.Items
}

// Condition is one of the object's conditions, with an empty status where there is none.
func Condition(object *v1alpha1.ExternalService, conditionType string) metav1.Condition {
	if c := meta.FindStatusCondition(object.Status.Conditions, conditionType); c != nil {
		return *c
	}
	return metav1.Condition{Type: conditionType}
}

// Message is one of the object's conditions for people.
func Message(object *v1alpha1.ExternalService, conditionType string) string {
	c := Condition(object, conditionType)
	return fmt.Sprintf("%s (%s) %q", c.Status, c.Reason, c.Message)
}

// Addresses are the IPv4 addresses of hosts.
func Addresses(hosts ...*host.Host) []string {
	var all []string
	for _, h := range hosts {
		all = append(all, h.IPv4.String())
	}
	return all
}

// Except is all but one.
func Except(hosts []*host.Host, one *host.Host) []*host.Host {
	return slices.DeleteFunc(slices.Clone(hosts), func(h *host.Host) bool { return h == one })
}

// Unchecked is an ExternalService of two hosts that are always healthy.
func (w *World) Unchecked(name string) *v1alpha1.ExternalService {
	object := w.Web(name, w.Cluster.Hosts()[:2]...)
	object.Spec.HealthCheck.HTTP, object.Spec.HealthCheck.None = nil, &v1alpha1.NoCheck{}
	return object
}

// Heals waits until the object serves all its hosts and nothing is stalled.
func (w *World) Heals(t *testing.T, object *v1alpha1.ExternalService) {
	t.Helper()
	waits.Eventually(t, waits.Timeout, func() error {
		if err := w.Served(t, object); err != nil {
			return err
		}
		if current := w.Get(t, object); Condition(current, v1alpha1.ConditionStalled).Status != "" {
			return errors.New(Message(current, v1alpha1.ConditionStalled))
		}
		return nil
	})
}

// Observed returns nil when the operator has acted on the object as it is now.
func (w *World) Observed(t *testing.T, object *v1alpha1.ExternalService) error {
	t.Helper()
	if current := w.Get(t, object); current.Status.ObservedGeneration != current.Generation {
		return fmt.Errorf("generation %d of %d is observed", current.Status.ObservedGeneration, current.Generation)
	}
	return nil
}

// Change updates an object, again after a conflict.
func Change[T client.Object](t *testing.T, c client.Client, object T, how func(T)) {
	t.Helper()
	waits.Eventually(t, waits.Timeout, func() error {
		if err := c.Get(t.Context(), client.ObjectKeyFromObject(object), object); err != nil {
			t.Fatal(err)
		}
		how(object)
		err := c.Update(t.Context(), object)
		if err != nil && !apierrors.IsConflict(err) {
			t.Fatal(err)
		}
		return err
	})
}

// Remove deletes an object.
func (w *World) Remove(t *testing.T, object client.Object) {
	t.Helper()
	if err := w.Client.Delete(t.Context(), object); err != nil {
		t.Fatal(err)
	}
}
