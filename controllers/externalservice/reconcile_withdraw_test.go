package externalservice

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/probes/engine"
)

// theirSlice is a slice of the Service that somebody else looks after.
func theirSlice(endpoints ...discoveryv1.Endpoint) *discoveryv1.EndpointSlice {
	return &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{Namespace: orders.Namespace, Name: "orders-db-theirs", Labels: map[string]string{
			discoveryv1.LabelServiceName: orders.Name, discoveryv1.LabelManagedBy: "somebody.example.com",
		}},
		AddressType: discoveryv1.AddressTypeIPv4, Endpoints: endpoints,
	}
}

func (c *cluster) selectPods() {
	c.t.Helper()
	service := read(c, &corev1.Service{})
	service.Spec.Selector = map[string]string{"app": "db"}
	if err := c.server.Update(c.t.Context(), service); err != nil {
		c.t.Fatal(err)
	}
}

func TestAServiceThatGetsASelectorIsLetGo(t *testing.T) {
	c := allUp(t, object(), theirSlice())
	c.selectPods()
	c.wantWrites(c.mustReconcile(), deleteSlice, deleteEndpoints, updateStatus)
	if left := c.slices(); len(left) != 1 || left[0].Name != "orders-db-theirs" {
		t.Errorf("left are %d slices, want the one of somebody else", len(left))
	}
	if len(c.engine.forgotten) != 1 {
		t.Error("its hosts are still probed")
	}
	if got := c.condition(v1alpha1.ConditionStalled); got != "True ServiceHasSelector" {
		t.Errorf("Stalled is %s", got)
	}
	c.wantQuiet()
	if got := received(c.recorder); len(got) != 1 {
		t.Errorf("told %q", got)
	}
}

func TestEndpointsThatKubernetesTookOverAreLetGo(t *testing.T) {
	c := allUp(t, object())
	c.selectPods()
	endpoints := read(c, &corev1.Endpoints{})
	endpoints.Labels = nil
	if err := c.server.Update(t.Context(), endpoints); err != nil {
		t.Fatal(err)
	}
	c.wantWrites(c.mustReconcile(), deleteSlice, updateEndpoints, updateStatus)
	if owners := read(c, &corev1.Endpoints{}).OwnerReferences; len(owners) > 0 {
		t.Errorf("they still belong to %v", owners)
	}
	c.wantQuiet()
}

// The cache holds only Endpoints with our label, and these have lost it.
func TestEndpointsThatAreNoLongerWantedAreLetGoThoughSomebodyRelabelledThem(t *testing.T) {
	no := false
	c := allUp(t, object())
	endpoints := read(c, &corev1.Endpoints{})
	endpoints.Labels = map[string]string{"team": "shop"}
	if err := c.server.Update(t.Context(), endpoints); err != nil {
		t.Fatal(err)
	}
	c.edit(func(o *v1alpha1.ExternalService) { o.Spec.Publish.Endpoints = &no })
	c.refuse = refusing(updateEndpoints, func() error { return errors.New("no answer") })
	if _, err := c.reconcile(); err == nil {
		t.Fatal("the failure is not tried again")
	}
	c.refuse, c.writes = func(string) error { return nil }, nil
	c.wantWrites(c.mustReconcile(), updateEndpoints, updateStatus)
	got := read(c, &corev1.Endpoints{})
	if len(got.OwnerReferences) > 0 || got.Labels["team"] != "shop" || len(got.Subsets) != 1 {
		t.Errorf("got %+v", got)
	}
	c.wantQuiet()
}

func TestAConflictDoesNotEndWhatIsPublished(t *testing.T) {
	c := allUp(t, object())
	theirs := theirSlice(discoveryv1.Endpoint{Addresses: []string{"198.51.100.1"}})
	if err := c.server.Create(t.Context(), theirs); err != nil {
		t.Fatal(err)
	}
	c.wantWrites(c.mustReconcile(), updateStatus)
	if got := c.condition(v1alpha1.ConditionAccepted); got != "False ServiceConflict" {
		t.Errorf("Accepted is %s", got)
	}
	// The hosts are still looked after.
	v := c.engine.verdicts[engine.Key(orders)]
	v[id(1)], v[id(2)] = up(60), down(50)
	c.wantWrites(c.mustReconcile(), updateSlice, updateEndpoints, updateStatus)
	c.wantQuiet()
}

func TestAConflictLetsNothingBegin(t *testing.T) {
	theirs := theirSlice(discoveryv1.Endpoint{Addresses: []string{"198.51.100.1"}})
	c := newCluster(t, object(existing), somebodysService(corev1.ServicePort{Name: "pg", Port: 5432}), theirs)
	c.wantWrites(c.mustReconcile(), updateStatus)
	if len(c.engine.verdicts) > 0 {
		t.Error("hosts are probed")
	}
	c.wantQuiet()
}

func TestEndpointsThatAreToStayAreAConflict(t *testing.T) {
	no := false
	endpoints, mirror := byHand("203.0.113.1")
	o := object(existing, func(o *v1alpha1.ExternalService) { o.Spec.Publish.Endpoints = &no })
	c := newCluster(t, o, somebodysService(corev1.ServicePort{Name: "pg", Port: 5432}), endpoints, mirror)
	c.wantWrites(c.mustReconcile(), updateStatus)
	if got := c.condition(v1alpha1.ConditionAccepted); got != "False ServiceConflict" {
		t.Errorf("Accepted is %s", got)
	}
}

// A second controller in the owner references would be refused by the API server.
func TestEndpointsOfAControllerAreNotWritten(t *testing.T) {
	c := allUp(t, object())
	endpoints := read(c, &corev1.Endpoints{})
	endpoints.OwnerReferences = controlledBy("Pod", "patroni", "p").OwnerReferences
	endpoints.Labels = nil
	if err := c.server.Update(t.Context(), endpoints); err != nil {
		t.Fatal(err)
	}
	c.wantWrites(c.mustReconcile(), updateStatus)
	if got := c.condition(v1alpha1.ConditionAccepted); got != "False ServiceConflict" {
		t.Errorf("Accepted is %s", got)
	}
	c.wantQuiet()
}

func TestTheOlderClaimKeepsTheService(t *testing.T) {
	rival := object(func(o *v1alpha1.ExternalService) {
		o.Name, o.UID, o.Spec.Service.Name = "orders", "xsvc-0", orders.Name
		o.Finalizers = []string{"example.com/hold"}
		o.CreationTimestamp = metav1.NewTime(tenOClock.Add(-time.Hour))
	})
	c := newCluster(t, object(), rival)
	c.wantWrites(c.mustReconcile(), updateStatus)
	if got := c.condition(v1alpha1.ConditionStalled); got != "True Claimed" {
		t.Errorf("Stalled is %s", got)
	}
	// It counts no more as soon as it is being deleted.
	if err := c.server.Delete(t.Context(), rival); err != nil {
		t.Fatal(err)
	}
	c.wantWrites(c.mustReconcile(), createService, updateStatus)
}

// That an object is not in the cache does not prove that it was deleted.
func TestAnObjectThatIsGoneLeavesItsSlices(t *testing.T) {
	c := allUp(t, object())
	c.edit(withState(1, v1alpha1.HostDrain))
	c.mustReconcile()
	slice := c.slices()[0]
	if !c.r.writer.IsOwnWrite(&slice) {
		t.Error("the last write is not remembered")
	}
	if err := c.server.Delete(t.Context(), c.object()); err != nil {
		t.Fatal(err)
	}
	c.wantWrites(c.mustReconcile())
	if got := len(c.serving()); got != 2 {
		t.Errorf("%d hosts are serving", got)
	}
	if diff := cmp.Diff([]engine.Key{engine.Key(orders)}, c.engine.forgotten); diff != "" {
		t.Errorf("forgotten (-want +got):\n%s", diff)
	}
	if left := scrape(t, c.registry); len(left) > 0 {
		t.Errorf("series are left: %q", left)
	}
	if c.r.writer.IsOwnWrite(&slice) {
		t.Error("what was written for it is still remembered")
	}
}

func TestAMissingServiceIsBelievedOnlyFromTheServer(t *testing.T) {
	service := somebodysService(corev1.ServicePort{Name: "pg", Port: 5432})
	c := allUp(t, object(existing), service)
	// The cache was filled from a list without Services.
	stale := fakeServer(c.object())
	for _, slice := range c.slices() {
		if err := stale.Create(t.Context(), withoutVersion(&slice)); err != nil {
			t.Fatal(err)
		}
	}
	c.cached.Reader = stale
	c.wantQuiet()
	if err := c.server.Delete(t.Context(), service); err != nil {
		t.Fatal(err)
	}
	c.mustReconcile()
	if got := c.condition(v1alpha1.ConditionAccepted); got != "False ServiceNotFound" {
		t.Errorf("Accepted is %s", got)
	}
}

// The API server would refuse it, and the next try, and the one after that.
func TestAServiceThatTheCacheLacksIsNotMadeAgain(t *testing.T) {
	c := allUp(t, object())
	stale := fakeServer(c.object())
	for _, slice := range c.slices() {
		if err := stale.Create(t.Context(), withoutVersion(&slice)); err != nil {
			t.Fatal(err)
		}
	}
	c.cached.Reader = stale
	c.refuse = func(write string) error {
		if write == createService {
			t.Error("tried to create the Service, which is there")
		}
		return nil
	}
	for range 2 {
		if _, err := c.reconcile(); err != nil {
			t.Error(err)
		}
	}
}

// Nor is anything concluded where the lists of Services and of slices are both empty.
func TestAnExistingServiceThatTheCacheLacksIsServed(t *testing.T) {
	o := object(existing, func(o *v1alpha1.ExternalService) { o.Spec.Publish.Endpoints = new(false) })
	c := allUp(t, o, somebodysService(corev1.ServicePort{Name: "pg", Port: 5432}))
	c.cached.Reader = fakeServer(c.object())
	c.failHost()
	if _, err := c.reconcile(); err != nil && !apierrors.IsAlreadyExists(err) {
		t.Fatal(err)
	}
	if got := c.condition(v1alpha1.ConditionAccepted); got != "True Accepted" {
		t.Errorf("Accepted is %s", got)
	}
}

func withoutVersion[T interface{ SetResourceVersion(string) }](o T) T {
	o.SetResourceVersion("")
	return o
}
