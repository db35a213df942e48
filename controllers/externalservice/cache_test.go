package externalservice

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/desired"
	"github.com/external-endpoints/operator/controllers/internal/endpointslice"
)

func TestWhatIsKeptOfASlice(t *testing.T) {
	full := func(labels map[string]string, owners []metav1.OwnerReference) *discoveryv1.EndpointSlice {
		s := sliceWith("pg", endpointslice.State{Ready: true, Serving: true})
		s.Name, s.Labels, s.OwnerReferences = "orders-db-0123456789-0", labels, owners
		s.Annotations = map[string]string{"a": "b"}
		return s
	}
	ours := map[string]string{discoveryv1.LabelManagedBy: endpointslice.ManagedBy}
	theirs := map[string]string{discoveryv1.LabelManagedBy: "endpointslice-controller.k8s.io"}
	trimmed := full(theirs, nil)
	trimmed.Annotations, trimmed.Ports, trimmed.Endpoints = nil, nil, []discoveryv1.Endpoint{{}}
	empty := full(theirs, nil)
	empty.Endpoints = nil
	emptyTrimmed := empty.DeepCopy()
	emptyTrimmed.Annotations, emptyTrimmed.Ports = nil, nil
	owners := []metav1.OwnerReference{desired.OwnerReference(object())}
	tests := []struct {
		name     string
		in, want *discoveryv1.EndpointSlice
	}{
		{"all of ours", full(ours, nil), full(ours, nil)},
		{"all of ours that lost its label", full(nil, owners), full(nil, owners)},
		{"of others' that it holds endpoints", full(theirs, nil), trimmed},
		{"of others' that it holds none", empty, emptyTrimmed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.in.ManagedFields = []metav1.ManagedFieldsEntry{{Manager: "x"}}
			got, err := trimForeignSlice(tt.in)
			if diff := cmp.Diff(any(tt.want), got); diff != "" || err != nil {
				t.Errorf("%v, slice (-want +got):\n%s", err, diff)
			}
		})
	}
	if got, err := trimForeignSlice("a tombstone"); got != "a tombstone" || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestTheCacheHoldsTheNamespacesThatAreAskedFor(t *testing.T) {
	if got := CacheOptions(nil).DefaultNamespaces; len(got) > 0 {
		t.Errorf("got %v, want all", got)
	}
	got := CacheOptions([]string{"shop", "web"}).DefaultNamespaces
	if _, has := got["shop"]; !has || len(got) != 2 {
		t.Errorf("got %v", got)
	}
}

func TestWhoIsWokenByAnObject(t *testing.T) {
	claim := func(name, service string) *v1alpha1.ExternalService {
		return object(func(o *v1alpha1.ExternalService) { o.Name, o.Spec.Service.Name = name, service })
	}
	elsewhere := object(func(o *v1alpha1.ExternalService) { o.Namespace = "elsewhere" })
	c := newCluster(t, object(), claim("second", orders.Name), claim("other", "other-db"), elsewhere)
	service := somebodysService()
	stray := sliceWith("pg", endpointslice.State{})
	stray.Name, stray.Namespace, stray.Labels = "other-db-0123456789-0", orders.Namespace, map[string]string{discoveryv1.LabelServiceName: orders.Name}
	stray.OwnerReferences = []metav1.OwnerReference{desired.OwnerReference(claim("other", "other-db"))}
	tests := []struct {
		name     string
		services func(client.Object) []string
		object   client.Object
		want     []string
	}{
		{"all that claim a Service", serviceOf, service, []string{"orders-db", "second"}},
		{"all that claim the Service of Endpoints", serviceOf, &corev1.Endpoints{ObjectMeta: service.ObjectMeta}, []string{"orders-db", "second"}},
		{"all that claim the Service of another claim", claimOf, claim("third", "other-db"), []string{"other"}},
		{"those of the Service that a slice names, and of the one it was made for", serviceOf, stray, []string{"orders-db", "other", "second"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			queue := workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[reconcile.Request]())
			defer queue.ShutDown()
			c.r.mapToClaimingServices(tt.services).Create(t.Context(), event.CreateEvent{Object: tt.object}, queue)
			got := map[string]bool{}
			for queue.Len() > 0 {
				request, _ := queue.Get()
				got[request.Name] = request.Namespace == orders.Namespace
			}
			want := map[string]bool{}
			for _, name := range tt.want {
				want[name] = true
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("woken (-want +got):\n%s", diff)
			}
		})
	}
}
