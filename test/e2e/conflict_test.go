package e2e

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
)

// collectedWithin is how long Kubernetes may take to delete what belonged to a
// deleted object: its garbage collector looks for new kinds every 30 s.
const collectedWithin = 45 * time.Second

const (
	// stalls: waiting does not cure it; heals: it may.
	stalls = metav1.ConditionTrue
	waits  = metav1.ConditionStatus("")
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
	object := w.unchecked(name)
	object.Spec.Service.Management = v1alpha1.ServiceExisting
	return object
}

// unchecked is an ExternalService of two hosts that are always healthy.
func (w *World) unchecked(name string) *v1alpha1.ExternalService {
	object := w.web(name, w.Cluster.Hosts()[:2]...)
	object.Spec.HealthCheck.HTTP, object.Spec.HealthCheck.None = nil, &v1alpha1.NoCheck{}
	return object
}

func TestOfTwoClaimsOfOneServiceTheOlderKeepsIt(t *testing.T) {
	for _, management := range []v1alpha1.ServiceManagement{v1alpha1.ServiceManaged, v1alpha1.ServiceExisting} {
		t.Run(string(management), func(t *testing.T) {
			w := world(t)
			if management == v1alpha1.ServiceExisting {
				w.create(t, w.selectorless("contested"))
			}
			// By name it would be the other way round.
			older, younger := w.unchecked("web-old"), w.unchecked("web-new")
			for _, object := range []*v1alpha1.ExternalService{older, younger} {
				object.Spec.Service.Name, object.Spec.Service.Management = "contested", management
			}
			younger.Spec.Hosts = younger.Spec.Hosts[:1]
			w.serve(t, older)
			w.tick(t, older)
			w.create(t, younger)

			w.refused(t, younger, v1alpha1.ReasonClaimed, stalls)
			if diff := cmp.Diff(addresses(w.Cluster.Hosts()[:2]...), w.ready(t, "contested")); diff != "" {
				t.Errorf("the older one's hosts are served (-want +got):\n%s", diff)
			}
			if err := w.served(t, older); err != nil {
				t.Error(err)
			}

			w.remove(t, older)
			eventually(t, collectedWithin, func() error { return w.served(t, younger) })
			eventually(t, collectedWithin, func() error {
				if diff := cmp.Diff(addresses(w.Cluster.Hosts()[:1]...), w.ready(t, "contested")); diff != "" {
					return fmt.Errorf("the younger one's hosts are served (-want +got):\n%s", diff)
				}
				return nil
			})
			w.heals(t, younger)
		})
	}
}

func TestAManagedServiceIsNotTakenFromItsOwner(t *testing.T) {
	w := world(t)
	service := w.selectorless("taken")
	w.create(t, service)
	untouched := w.remember(t, service)
	object := w.unchecked("taken")
	w.create(t, object)

	w.refused(t, object, v1alpha1.ReasonServiceConflict, stalls)
	w.withdrawn(t, object)
	untouched()

	w.remove(t, service)
	w.heals(t, object)
}

func TestAnExistingServiceMayComeLater(t *testing.T) {
	w := world(t)
	object := w.onExisting("late")
	w.create(t, object)
	w.refused(t, object, v1alpha1.ReasonServiceNotFound, waits)

	service := w.selectorless("late")
	w.create(t, service)
	untouched := w.remember(t, service)
	w.heals(t, object)
	untouched()
}

func TestAnExistingServiceMayGoAndComeBack(t *testing.T) {
	w := world(t)
	service := w.selectorless("fickle")
	w.create(t, service)
	object := w.onExisting("fickle")
	w.serve(t, object)

	w.remove(t, service)
	w.refused(t, object, v1alpha1.ReasonServiceNotFound, waits)
	w.withdrawn(t, object)

	w.create(t, w.selectorless("fickle"))
	w.heals(t, object)
}

func TestAnExistingServiceOutlivesItsExternalService(t *testing.T) {
	w := world(t)
	service := w.selectorless("lasting")
	w.create(t, service)
	untouched := w.remember(t, service)
	object := w.onExisting("lasting")
	w.serve(t, object)

	w.remove(t, object)
	eventually(t, collectedWithin, func() error {
		if n := len(w.slices(t, "lasting")); n > 0 || w.find(t, "lasting", &corev1.Endpoints{}) {
			return fmt.Errorf("%d slices are left, or Endpoints", n)
		}
		return nil
	})
	untouched()
}

func TestAnExternalNameHasNoEndpoints(t *testing.T) {
	w := world(t)
	service := w.selectorless("alias")
	service.Spec = corev1.ServiceSpec{Type: corev1.ServiceTypeExternalName, ExternalName: "db.example.com"}
	w.create(t, service)
	untouched := w.remember(t, service)
	object := w.onExisting("alias")
	w.create(t, object)

	w.refused(t, object, v1alpha1.ReasonServiceTypeUnsupported, stalls)
	w.withdrawn(t, object)
	untouched()

	change(t, w.Client, service, func(s *corev1.Service) {
		s.Spec.Type, s.Spec.ExternalName = corev1.ServiceTypeClusterIP, ""
		s.Spec.Ports = w.selectorless("").Spec.Ports
	})
	w.heals(t, object)
}

func TestAServiceThatBecomesAnExternalNameIsLetGo(t *testing.T) {
	w := world(t)
	service := w.selectorless("renamed")
	w.create(t, service)
	object := w.onExisting("renamed")
	w.serve(t, object)

	change(t, w.Client, service, func(s *corev1.Service) {
		s.Spec = corev1.ServiceSpec{Type: corev1.ServiceTypeExternalName, ExternalName: "db.example.com"}
	})
	w.refused(t, object, v1alpha1.ReasonServiceTypeUnsupported, stalls)
	w.withdrawn(t, object)
}

func TestPortsMustBeThoseOfTheExistingService(t *testing.T) {
	w := world(t)
	service := w.selectorless("ports")
	service.Spec.Ports[0].Port = 81
	w.create(t, service)
	untouched := w.remember(t, service)
	object := w.onExisting("ports")
	w.create(t, object)
	w.refused(t, object, v1alpha1.ReasonPortMismatch, stalls)
	w.withdrawn(t, object)
	untouched()

	change(t, w.Client, service, func(s *corev1.Service) { s.Spec.Ports[0].Port = 80 })
	w.heals(t, object)

	// What is served already is not taken away because of it.
	change(t, w.Client, service, func(s *corev1.Service) { s.Spec.Ports[0].Name = "web" })
	w.refused(t, object, v1alpha1.ReasonPortMismatch, stalls)
	if diff := cmp.Diff(addresses(w.Cluster.Hosts()[:2]...), w.ready(t, "ports")); diff != "" {
		t.Errorf("published hosts stay (-want +got):\n%s", diff)
	}
}

func TestForeignSlicesAreReportedAndLeftAlone(t *testing.T) {
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
	w.create(t, service)
	w.create(t, leftover)
	untouched := w.remember(t, service, leftover)
	object := w.onExisting("haunted")
	w.create(t, object)

	w.refused(t, object, v1alpha1.ReasonServiceConflict, stalls)
	w.withdrawn(t, object)
	untouched()

	w.remove(t, leftover)
	w.heals(t, object)
}

// tick waits until the API server's clock has left the second in which an object
// was created: creation times have no fractions, and in the same second the name
// decides which of two is older.
func (w *World) tick(t *testing.T, object *v1alpha1.ExternalService) {
	t.Helper()
	eventually(t, toldWithin, func() error {
		probe := w.unchecked(object.Name + "-clock")
		if err := w.Client.Create(t.Context(), probe, client.DryRunAll); err != nil {
			t.Fatal(err)
		}
		if !probe.CreationTimestamp.After(object.CreationTimestamp.Time) {
			return fmt.Errorf("it is still %s", probe.CreationTimestamp)
		}
		return nil
	})
}
