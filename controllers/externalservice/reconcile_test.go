package externalservice

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/endpointslice"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/controllers/internal/status"
	"github.com/external-endpoints/operator/probes/engine"
)

const (
	createService   = "create service"
	createSlice     = "create endpointslice"
	updateSlice     = "update endpointslice"
	deleteSlice     = "delete endpointslice"
	createEndpoints = "create endpoints"
	updateEndpoints = "update endpoints"
	deleteEndpoints = "delete endpoints"
	updateStatus    = "update status of externalservice"
)

func TestANewObjectIsBroughtToLife(t *testing.T) {
	c := newCluster(t, object())
	c.wantWrites(c.mustReconcile(), createService, updateStatus)
	if got := c.condition(v1alpha1.ConditionReady); got != "Unknown Pending" {
		t.Errorf("Ready is %s", got)
	}
	c.wantQuiet()
	c.wantWrites(c.judged(hosts.Verdicts{id(1): up(0), id(2): up(0), id(3): up(0)}), createSlice, createEndpoints, updateStatus)
	if got := c.condition(v1alpha1.ConditionReady); got != "True Ready" {
		t.Errorf("Ready is %s", got)
	}
	if diff := cmp.Diff([]string{"203.0.113.1", "203.0.113.2", "203.0.113.3"}, c.serving()); diff != "" {
		t.Errorf("serving (-want +got):\n%s", diff)
	}
	c.wantQuiet()
	c.restart()
	c.wantQuiet()
}

func TestAHostThatFailsCostsThreeWrites(t *testing.T) {
	c := allUp(t, object())
	v := c.engine.verdicts[engine.Key(orders)]
	v[id(1)], v[id(3)] = up(60), up(60)
	v[id(2)] = down(50)
	c.wantWrites(c.mustReconcile(), updateSlice, updateEndpoints, updateStatus)
	if diff := cmp.Diff([]string{"203.0.113.1", "203.0.113.3"}, c.serving()); diff != "" {
		t.Errorf("serving (-want +got):\n%s", diff)
	}
	if got := c.slices()[0].Annotations[corev1.EndpointsLastChangeTriggerTime]; got != "2026-11-21T10:00:50Z" {
		t.Errorf("triggered at %s, want when the first probe of the run failed", got)
	}
	wantMessage := "2 of 3 hosts healthy; 203.0.113.2:5432 connection refused since 10:00:52Z"
	if got := status.FindCondition(c.object().Status.Conditions, v1alpha1.ConditionReady).Message; got != wantMessage {
		t.Errorf("got %q", got)
	}
	if diff := cmp.Diff([]string{"Warning HostUnhealthy unhealthy: 203.0.113.2:5432 connection refused"}, received(c.recorder)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	c.wantQuiet()
	c.restart()
	c.wantQuiet()
	if got := received(c.recorder); len(got) > 0 {
		t.Errorf("a restart tells of %q", got)
	}
}

func TestAnOutageIsKeptOverARestart(t *testing.T) {
	c := allUp(t, object())
	for n := 1; n <= 3; n++ {
		c.engine.verdicts[engine.Key(orders)][id(n)] = down(50)
	}
	c.wantWrites(c.mustReconcile(), updateStatus)
	if got := c.condition(v1alpha1.ConditionDegraded); got != "True FailStatic" {
		t.Errorf("Degraded is %s", got)
	}
	c.restart()
	c.wantQuiet()
	if got := len(c.serving()); got != 3 {
		t.Errorf("%d hosts are serving", got)
	}
}

// What was taken over is given to the engine once: a host that leaves and comes
// back much later has to prove itself.
func TestAHostThatComesBackIsNew(t *testing.T) {
	c := allUp(t, object())
	c.restart()
	c.wantQuiet()
	c.edit(withState(1, v1alpha1.HostDisabled))
	c.mustReconcile()
	c.edit(withState(1, v1alpha1.HostActive))
	c.mustReconcile()
	if diff := cmp.Diff([]string{"203.0.113.1", "203.0.113.3"}, c.serving()); diff != "" {
		t.Errorf("serving (-want +got):\n%s", diff)
	}
}

func TestEndpointsAreWrittenOnlyWhereTheyAreWanted(t *testing.T) {
	no := false
	c := allUp(t, object())
	c.edit(func(o *v1alpha1.ExternalService) { o.Spec.Publish.Endpoints = &no })
	c.wantWrites(c.mustReconcile(), deleteEndpoints, updateStatus)
	c.wantQuiet()
	theirs := &corev1.Endpoints{ObjectMeta: metav1.ObjectMeta{Namespace: orders.Namespace, Name: orders.Name}}
	if err := c.server.Create(t.Context(), theirs); err != nil {
		t.Fatal(err)
	}
	c.wantQuiet()
}

func TestAnOperatorThatWritesNoEndpointsWritesNone(t *testing.T) {
	c := newCluster(t, object())
	c.r.writeEndpoints = false
	c.wantWrites(c.judged(hosts.Verdicts{id(1): up(0), id(2): up(0), id(3): up(0)}), createSlice, updateStatus)
}

// Endpoints list the Service's first family, and only the API server knows it.
func TestANewServiceDecidesWhichHostsItsEndpointsList(t *testing.T) {
	o := object(withHosts(v1alpha1.Host{Address: "203.0.113.1"}, v1alpha1.Host{Address: "2001:db8::1"}))
	o.Spec.HealthCheck.InitialState = v1alpha1.InitialHealthy
	c := newCluster(t, o)
	c.family = []corev1.IPFamily{corev1.IPv6Protocol}
	c.wantWrites(c.mustReconcile(), createService, createSlice, createSlice, createEndpoints, updateStatus)
	if got := read(c, &corev1.Endpoints{}).Subsets; len(got) != 1 || len(got[0].Addresses) != 1 || got[0].Addresses[0].IP != "2001:db8::1" {
		t.Errorf("got %+v", got)
	}
	c.wantQuiet()
}

func TestAnExistingServiceIsOnlyRead(t *testing.T) {
	service := somebodysService(corev1.ServicePort{Port: 5432}) // unnamed
	c := newCluster(t, object(existing), service)
	c.wantWrites(c.judged(hosts.Verdicts{id(1): up(0), id(2): up(0), id(3): up(0)}), createSlice, createEndpoints, updateStatus)
	if got := *c.slices()[0].Ports[0].Name; got != "" {
		t.Errorf("the slice's port is %q, want the Service's name for it", got)
	}
	c.wantQuiet()
	// The owner changes the number: the hosts go on serving under the name that it has.
	service = read(c, &corev1.Service{})
	service.Spec.Ports[0].Port = 5433
	if err := c.server.Update(t.Context(), service); err != nil {
		t.Fatal(err)
	}
	c.wantWrites(c.mustReconcile(), updateStatus)
	if got := c.condition(v1alpha1.ConditionAccepted); got != "False PortMismatch" {
		t.Errorf("Accepted is %s", got)
	}
}

// byHand are Endpoints that somebody wrote, and the slice that mirrors them.
func byHand(addresses ...string) (*corev1.Endpoints, *discoveryv1.EndpointSlice) {
	e := &corev1.Endpoints{
		ObjectMeta: metav1.ObjectMeta{Namespace: orders.Namespace, Name: orders.Name, Labels: map[string]string{"team": "shop"}},
		Subsets:    []corev1.EndpointSubset{{Ports: []corev1.EndpointPort{{Name: "pg", Port: 5432}}}},
	}
	mirror := &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{Namespace: orders.Namespace, Name: "orders-db-mirror", Labels: map[string]string{
			discoveryv1.LabelServiceName: orders.Name, discoveryv1.LabelManagedBy: "endpointslicemirroring-controller.k8s.io",
		}},
		AddressType: discoveryv1.AddressTypeIPv4,
	}
	for _, a := range addresses {
		e.Subsets[0].Addresses = append(e.Subsets[0].Addresses, corev1.EndpointAddress{IP: a})
		mirror.Endpoints = append(mirror.Endpoints, discoveryv1.Endpoint{Addresses: []string{a}})
	}
	return e, mirror
}

func TestEndpointsWrittenByHandAreReplacedWithoutAGap(t *testing.T) {
	endpoints, mirror := byHand("203.0.113.1", "203.0.113.2")
	c := newCluster(t, object(existing), somebodysService(corev1.ServicePort{Name: "pg", Port: 5432}), endpoints, mirror)
	c.after = func() {
		// Kubernetes ends the mirror as soon as the Endpoints say that they want none.
		if read(c, &corev1.Endpoints{}).Labels[discoveryv1.LabelSkipMirror] == "true" {
			if err := c.server.DeleteAllOf(t.Context(), &discoveryv1.EndpointSlice{},
				inNamespace, labelled(discoveryv1.LabelManagedBy, "endpointslicemirroring-controller.k8s.io")); err != nil {
				t.Fatal(err)
			}
		}
		if len(c.serving()) == 0 {
			t.Errorf("after %q the Service is empty", c.writes)
		}
	}
	c.wantWrites(c.mustReconcile(), createSlice, updateEndpoints, updateStatus)
	if diff := cmp.Diff([]string{"203.0.113.1", "203.0.113.2"}, c.serving()); diff != "" {
		t.Errorf("serving (-want +got):\n%s", diff)
	}
	if got := read(c, &corev1.Endpoints{}).Labels; got["team"] != "shop" || got[endpointslice.LabelEndpointsManagedBy] != endpointslice.ManagedBy {
		t.Errorf("labels are %v", got)
	}
	c.wantQuiet()
}

func TestEndpointsOfHostsThatNobodyKnowsAreLeftUntilThereIsOneToOffer(t *testing.T) {
	endpoints, mirror := byHand("203.0.113.77")
	c := newCluster(t, object(existing), somebodysService(corev1.ServicePort{Name: "pg", Port: 5432}), endpoints, mirror)
	c.wantWrites(c.mustReconcile(), updateStatus)
	c.wantWrites(c.judged(hosts.Verdicts{id(1): up(0)}), createSlice, updateEndpoints, updateStatus)
}
