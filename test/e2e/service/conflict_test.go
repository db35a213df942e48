package service

import (
	"fmt"
	"testing"

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
	// stalls: only a change of the spec helps; retries: the operator tries again by itself.
	stalls  = metav1.ConditionTrue
	retries = metav1.ConditionStatus("")
)

// selectorless is a Service that somebody else owns.
func (w *World) selectorless(name string) *corev1.Service {
	return &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: name},
		Spec:       corev1.ServiceSpec{Ports: []corev1.ServicePort{{Name: "http", Port: 80}}},
	}
}

// onExisting is an ExternalService of the first hosts for an Existing Service.
// It is checked by nothing: these tests are not about hosts.
func (w *World) onExisting(name string) *v1alpha1.ExternalService {
	object := w.Unchecked(name)
	object.Spec.Service.Management = v1alpha1.ServiceExisting
	return object
}

func TestServiceClaimOlderObjectWins(t *testing.T) {
	for _, management := range []v1alpha1.ServiceManagement{v1alpha1.ServiceManaged, v1alpha1.ServiceExisting} {
		t.Run(string(management), func(t *testing.T) {
			w := world(t)
			if management == v1alpha1.ServiceExisting {
				w.Create(t, w.selectorless("contested"))
			}
			// By name it would be the other way round.
			older, younger := w.Unchecked("web-old"), w.Unchecked("web-new")
			for _, object := range []*v1alpha1.ExternalService{older, younger} {
				object.Spec.Service.Name, object.Spec.Service.Management = "contested", management
			}
			younger.Spec.Hosts = younger.Spec.Hosts[:1]
			w.Serve(t, older)
			w.tick(t, older)
			w.Create(t, younger)

			w.refused(t, younger, v1alpha1.ReasonClaimed, stalls)
			if diff := cmp.Diff(framework.Addresses(w.Cluster.Hosts()[:2]...), w.Ready(t, "contested")); diff != "" {
				t.Errorf("the older one's hosts are served (-want +got):\n%s", diff)
			}
			if err := w.Served(t, older); err != nil {
				t.Error(err)
			}

			w.Remove(t, older)
			waits.Eventually(t, waits.Timeout, func() error { return w.Served(t, younger) })
			waits.Eventually(t, waits.Timeout, func() error {
				if diff := cmp.Diff(framework.Addresses(w.Cluster.Hosts()[:1]...), w.Ready(t, "contested")); diff != "" {
					return fmt.Errorf("the younger one's hosts are served (-want +got):\n%s", diff)
				}
				return nil
			})
			w.Heals(t, younger)
		})
	}
}

func TestServiceOfOtherOwnerIsNotTaken(t *testing.T) {
	w := world(t)
	service := w.selectorless("taken")
	w.Create(t, service)
	untouched := w.remember(t, service)
	object := w.Unchecked("taken")
	w.Create(t, object)

	w.refused(t, object, v1alpha1.ReasonServiceConflict, stalls)
	w.withdrawn(t, object)
	untouched()

	w.Remove(t, service)
	w.Heals(t, object)
}

func TestReferencedServiceMayBeCreatedLater(t *testing.T) {
	w := world(t)
	object := w.onExisting("late")
	w.Create(t, object)
	w.refused(t, object, v1alpha1.ReasonServiceNotFound, retries)

	service := w.selectorless("late")
	w.Create(t, service)
	untouched := w.remember(t, service)
	w.Heals(t, object)
	untouched()
}

func TestReferencedServiceMayBeRecreated(t *testing.T) {
	w := world(t)
	service := w.selectorless("fickle")
	w.Create(t, service)
	object := w.onExisting("fickle")
	w.Serve(t, object)

	w.Remove(t, service)
	w.refused(t, object, v1alpha1.ReasonServiceNotFound, retries)
	w.withdrawn(t, object)

	w.Create(t, w.selectorless("fickle"))
	w.Heals(t, object)
}

func TestReferencedServiceOutlivesExternalService(t *testing.T) {
	w := world(t)
	service := w.selectorless("lasting")
	w.Create(t, service)
	untouched := w.remember(t, service)
	object := w.onExisting("lasting")
	w.Serve(t, object)

	w.Remove(t, object)
	waits.Eventually(t, waits.Timeout, func() error {
		if n := len(w.Slices(t, "lasting")); n > 0 || w.find(t, "lasting", &corev1.Endpoints{}) {
			return fmt.Errorf("%d slices are left, or Endpoints", n)
		}
		return nil
	})
	untouched()
}

func TestExternalNameServiceIsRejected(t *testing.T) {
	w := world(t)
	service := w.selectorless("alias")
	service.Spec = corev1.ServiceSpec{Type: corev1.ServiceTypeExternalName, ExternalName: "db.example.com"}
	w.Create(t, service)
	untouched := w.remember(t, service)
	object := w.onExisting("alias")
	w.Create(t, object)

	w.refused(t, object, v1alpha1.ReasonServiceTypeUnsupported, stalls)
	w.withdrawn(t, object)
	untouched()

	framework.Change(t, w.Client, service, func(s *corev1.Service) {
		s.Spec.Type, s.Spec.ExternalName = corev1.ServiceTypeClusterIP, ""
		s.Spec.Ports = w.selectorless("").Spec.Ports
	})
	w.Heals(t, object)
}

func TestServiceTurnedExternalNameIsReleased(t *testing.T) {
	w := world(t)
	service := w.selectorless("renamed")
	w.Create(t, service)
	object := w.onExisting("renamed")
	w.Serve(t, object)

	framework.Change(t, w.Client, service, func(s *corev1.Service) {
		s.Spec = corev1.ServiceSpec{Type: corev1.ServiceTypeExternalName, ExternalName: "db.example.com"}
	})
	w.refused(t, object, v1alpha1.ReasonServiceTypeUnsupported, stalls)
	w.withdrawn(t, object)
}

func TestPortsMustMatchReferencedService(t *testing.T) {
	w := world(t)
	service := w.selectorless("ports")
	service.Spec.Ports[0].Port = 81
	w.Create(t, service)
	untouched := w.remember(t, service)
	object := w.onExisting("ports")
	w.Create(t, object)
	w.refused(t, object, v1alpha1.ReasonPortMismatch, stalls)
	w.withdrawn(t, object)
	untouched()

	framework.Change(t, w.Client, service, func(s *corev1.Service) { s.Spec.Ports[0].Port = 80 })
	w.Heals(t, object)

	// What is served already is not taken away because of it.
	framework.Change(t, w.Client, service, func(s *corev1.Service) { s.Spec.Ports[0].Name = "web" })
	w.refused(t, object, v1alpha1.ReasonPortMismatch, stalls)
	if diff := cmp.Diff(framework.Addresses(w.Cluster.Hosts()[:2]...), w.Ready(t, "ports")); diff != "" {
		t.Errorf("published hosts stay (-want +got):\n%s", diff)
	}
}

func TestForeignSlicesAreReportedAndKept(t *testing.T) {
	w := world(t)
	leftover := &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: w.Namespace, Name: "leftover",
			Labels: map[string]string{discoveryv1.LabelServiceName: "haunted", discoveryv1.LabelManagedBy: "endpointslice-controller.k8s.io"},
		},
		AddressType: discoveryv1.AddressTypeIPv4,
		Ports:       []discoveryv1.EndpointPort{{Name: new("http"), Port: new(int32(8080))}},
		Endpoints:   []discoveryv1.Endpoint{{Addresses: []string{"198.51.100.1"}}},
	}
	service := w.selectorless("haunted")
	w.Create(t, service)
	w.Create(t, leftover)
	untouched := w.remember(t, service, leftover)
	object := w.onExisting("haunted")
	w.Create(t, object)

	w.refused(t, object, v1alpha1.ReasonServiceConflict, stalls)
	w.withdrawn(t, object)
	untouched()

	w.Remove(t, leftover)
	w.Heals(t, object)
}

// tick waits until the API server's clock has left the second in which an object
// was created: creation times have no fractions, and in the same second the name
// decides which of two is older.
func (w *World) tick(t *testing.T, object *v1alpha1.ExternalService) {
	t.Helper()
	waits.Eventually(t, waits.Timeout, func() error {
		probe := w.Unchecked(object.Name + "-clock")
		if err := w.Client.Create(t.Context(), probe, client.DryRunAll); err != nil {
			t.Fatal(err)
		}
		if !probe.CreationTimestamp.After(object.CreationTimestamp.Time) {
			return fmt.Errorf("it is still %s", probe.CreationTimestamp)
		}
		return nil
	})
}
