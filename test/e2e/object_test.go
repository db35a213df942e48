package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/cluster/host"
)

// readyWithin is how long a new object may take to be served: one interval of
// its check, and what a busy machine makes of the rest.
const readyWithin = 15 * time.Second

// The check of most tests, as its issue has it: fast enough to measure.
const (
	interval     = time.Second
	fastInterval = 200 * time.Millisecond
	timeout      = 500 * time.Millisecond
)

// web is an ExternalService of hosts' port 8080 as port 80, checked over HTTP.
// Tests change what they are about before they create it.
func (w *World) web(name string, hosts ...*host.Host) *v1alpha1.ExternalService {
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

// create creates any object, which goes with the namespace.
func (w *World) create(t *testing.T, object client.Object) {
	t.Helper()
	if err := w.Client.Create(t.Context(), object); err != nil {
		t.Fatal(err)
	}
}

// serve creates an ExternalService and waits until every active host is served.
func (w *World) serve(t *testing.T, object *v1alpha1.ExternalService) {
	t.Helper()
	w.create(t, object)
	eventually(t, readyWithin, func() error { return w.served(t, object) })
}

// served returns nil when the object is Ready with all its hosts.
func (w *World) served(t *testing.T, object *v1alpha1.ExternalService) error {
	t.Helper()
	current := w.get(t, object)
	hosts := current.Status.Hosts
	if !meta.IsStatusConditionTrue(current.Status.Conditions, v1alpha1.ConditionReady) || hosts.Published != hosts.Total {
		return fmt.Errorf("ExternalService %s: %s, Ready: %s", object.Name, hosts.Summary,
			message(current, v1alpha1.ConditionReady))
	}
	return nil
}

// get reads the object anew.
func (w *World) get(t *testing.T, object *v1alpha1.ExternalService) *v1alpha1.ExternalService {
	t.Helper()
	current := &v1alpha1.ExternalService{}
	if err := w.Client.Get(t.Context(), client.ObjectKeyFromObject(object), current); err != nil {
		t.Fatal(err)
	}
	return current
}

// clusterIP is the address of a Service.
func (w *World) clusterIP(t *testing.T, name string) string {
	t.Helper()
	service := &corev1.Service{}
	if err := w.Client.Get(t.Context(), client.ObjectKey{Namespace: w.Namespace, Name: name}, service); err != nil {
		t.Fatal(err)
	}
	return service.Spec.ClusterIP
}

// slices are the EndpointSlices of a Service, sorted by name.
func (w *World) slices(t *testing.T, service string) []discoveryv1.EndpointSlice {
	t.Helper()
	var list discoveryv1.EndpointSliceList
	if err := w.Client.List(t.Context(), &list, client.InNamespace(w.Namespace),
		client.MatchingLabels{discoveryv1.LabelServiceName: service}); err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(list.Items, func(a, b discoveryv1.EndpointSlice) int { return strings.Compare(a.Name, b.Name) })
	return list.Items
}

// condition is one of the object's conditions, with an empty status where there is none.
func condition(object *v1alpha1.ExternalService, conditionType string) metav1.Condition {
	if c := meta.FindStatusCondition(object.Status.Conditions, conditionType); c != nil {
		return *c
	}
	return metav1.Condition{Type: conditionType}
}

func message(object *v1alpha1.ExternalService, conditionType string) string {
	c := condition(object, conditionType)
	return fmt.Sprintf("%s (%s) %q", c.Status, c.Reason, c.Message)
}

// addresses are the IPv4 addresses of hosts.
func addresses(hosts ...*host.Host) []string {
	var all []string
	for _, h := range hosts {
		all = append(all, h.IPv4.String())
	}
	return all
}

// except is all but one.
func except(hosts []*host.Host, one *host.Host) []*host.Host {
	return slices.DeleteFunc(slices.Clone(hosts), func(h *host.Host) bool { return h == one })
}
