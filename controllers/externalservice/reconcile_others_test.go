package externalservice

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/desired"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
)

// tamper changes our only slice, as somebody else.
func (c *cluster) tamper(change func(*discoveryv1.EndpointSlice)) {
	c.t.Helper()
	slice := c.slices()[0]
	change(&slice)
	if err := c.server.Update(c.t.Context(), &slice); err != nil {
		c.t.Fatal(err)
	}
}

func TestWhatSomebodyChangedIsRestored(t *testing.T) {
	no := false
	tests := []struct {
		name   string
		change func(*discoveryv1.EndpointSlice)
	}{
		{"a condition", func(s *discoveryv1.EndpointSlice) { s.Endpoints[0].Conditions.Ready = &no }},
		{"an endpoint", func(s *discoveryv1.EndpointSlice) { s.Endpoints = s.Endpoints[:1] }},
		{"the port", func(s *discoveryv1.EndpointSlice) { *s.Ports[0].Port = 1 }},
		{"the label of its manager", func(s *discoveryv1.EndpointSlice) { delete(s.Labels, discoveryv1.LabelManagedBy) }},
		{"the label of its Service", func(s *discoveryv1.EndpointSlice) { s.Labels[discoveryv1.LabelServiceName] = "elsewhere" }},
		{"its owner", func(s *discoveryv1.EndpointSlice) { s.OwnerReferences = nil }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := allUp(t, object())
			before := c.slices()[0]
			c.tamper(tt.change)
			c.wantWrites(c.mustReconcile(), updateSlice)
			after := c.slices()[0]
			if len(c.serving()) != 3 || after.Labels[discoveryv1.LabelServiceName] != orders.Name || after.UID != before.UID ||
				after.Labels[discoveryv1.LabelManagedBy] != v1alpha1.ManagedBy || len(after.OwnerReferences) != 1 {
				t.Errorf("got %+v", after)
			}
			c.wantQuiet()
		})
	}
}

func TestWhatSomebodyDeletedIsMadeAgain(t *testing.T) {
	c := allUp(t, object())
	slice := c.slices()[0]
	for object, write := range map[client.Object]string{
		&slice: createSlice, read(c, &corev1.Endpoints{}): createEndpoints, read(c, &corev1.Service{}): createService,
	} {
		if err := c.server.Delete(t.Context(), object); err != nil {
			t.Fatal(err)
		}
		c.wantWrites(c.mustReconcile(), write)
		c.wantQuiet()
	}
}

func TestAFightOverASliceIsDamped(t *testing.T) {
	no := false
	c := allUp(t, object())
	for n := range desired.MaxReverts {
		c.tamper(func(s *discoveryv1.EndpointSlice) { s.Endpoints[0].Conditions.Ready = &no })
		c.wantWrites(c.mustReconcile(), updateSlice)
		if t.Failed() {
			t.Fatalf("revert %d", n)
		}
	}
	c.tamper(func(s *discoveryv1.EndpointSlice) { s.Endpoints[0].Conditions.Ready = &no })
	result, err := c.reconcile()
	if err != nil || result.RequeueAfter <= 50*time.Second || result.RequeueAfter > time.Minute {
		t.Errorf("got %+v, %v; want another try within a minute", result, err)
	}
	c.wantWrites(c.writes, updateStatus)
	if got := c.condition(v1alpha1.ConditionProgrammed); got != "False WriteFailed" {
		t.Errorf("Programmed is %s", got)
	}
	// What a host does is no part of the fight.
	c.writes = nil
	c.failHost()
	c.wantWrites(c.mustReconcile(), updateSlice, updateEndpoints, updateStatus)
	if got := c.condition(v1alpha1.ConditionProgrammed); got != "True Programmed" {
		t.Errorf("Programmed is %s", got)
	}
}

func TestAUserWhoEditsOftenIsNoFight(t *testing.T) {
	c := allUp(t, object())
	for n := range 2 * desired.MaxReverts {
		c.edit(func(o *v1alpha1.ExternalService) {
			o.Spec.Service.Labels = map[string]v1alpha1.LabelValue{"release": v1alpha1.LabelValue(fmt.Sprint(n))}
		})
		c.wantWrites(c.mustReconcile(), "update service", updateStatus)
	}
}

// freeze has the cache show the server as it is now, until thaw.
func (c *cluster) freeze() (thaw func()) {
	c.t.Helper()
	frozen := []client.Object{c.object()}
	for _, into := range []client.Object{&corev1.Service{}, &corev1.Endpoints{}} {
		if c.server.Get(c.t.Context(), orders, into) == nil {
			frozen = append(frozen, into)
		}
	}
	for _, slice := range c.slices() {
		frozen = append(frozen, &slice)
	}
	c.cached.Reader = fakeServer(frozen...)
	return func() { c.cached.Reader = c.cached.server }
}

func TestACacheThatLagsMakesNothingTwice(t *testing.T) {
	c := newCluster(t, object())
	thaw := c.freeze()
	c.wantWrites(c.judged(hosts.Verdicts{id(1): up(0), id(2): up(0), id(3): up(0)}), createSlice, createEndpoints, updateStatus)
	for range 3 {
		c.wantQuiet()
	}
	c.failHost()
	c.wantWrites(c.mustReconcile(), updateSlice, updateEndpoints, updateStatus)
	c.wantQuiet()
	thaw()
	c.wantQuiet()
}

func TestOurOwnWritesComingBackWakeNobody(t *testing.T) {
	c := newCluster(t, object())
	c.freeze() // what was written is not read back yet
	c.judged(hosts.Verdicts{id(1): up(0), id(2): up(0), id(3): up(0)})
	written := []client.Object{read(c, &corev1.Service{}), read(c, &corev1.Endpoints{}), &c.slices()[0]}
	for _, o := range written {
		if c.r.isForeignWrite(o) {
			t.Errorf("%T as we wrote it is news", o)
		}
	}
	c.tamper(func(s *discoveryv1.EndpointSlice) { s.Endpoints = nil })
	if !c.r.isForeignWrite(&c.slices()[0]) {
		t.Error("a slice as somebody else wrote it is no news")
	}
}

// The watch is often faster than the answer to the write that it announces.
func TestWhatIsAnnouncedBeforeTheAnswerIsThere(t *testing.T) {
	edit := func(c *cluster) { c.tamper(func(s *discoveryv1.EndpointSlice) { s.Labels["edited"] = "true" }) }
	tests := []struct {
		name string
		// meanwhile happens when the API server has our write, and has not answered.
		meanwhile func(*cluster)
		woken     int
	}{
		{"our own write", func(*cluster) {}, 0},
		{"what somebody made of it", edit, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := allUp(t, object())
			c.failHost()
			c.after = func() {
				c.after = func() {}
				tt.meanwhile(c)
				if c.r.isForeignWrite(&c.slices()[0]) {
					t.Error("it wakes somebody before it can be told whose it is")
				}
			}
			if _, err := c.r.Reconcile(t.Context(), reconcile.Request{NamespacedName: orders}); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(slices.Repeat([]reconcile.Request{{NamespacedName: orders}}, tt.woken), c.r.requeue.pending, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("woken when the answer was there (-want +got):\n%s", diff)
			}
		})
	}
}

func TestACacheThatLagsTakesNothingBack(t *testing.T) {
	c := allUp(t, object())
	thaw := c.freeze()
	c.failHost()
	c.wantWrites(c.mustReconcile(), updateSlice, updateEndpoints, updateStatus)
	c.wantQuiet()
	c.edit(func(o *v1alpha1.ExternalService) { o.Spec.Ports[0].TargetPort = 6000 })
	c.wantWrites(c.mustReconcile(), "update service", createSlice, deleteSlice, updateEndpoints, updateStatus)
	c.wantQuiet()
	thaw()
	c.wantQuiet()
	if got := len(c.slices()); got != 1 {
		t.Errorf("there are %d slices", got)
	}
}
