package externalservice

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/probes/engine"
)

// terminating makes an object one that is being deleted and waits for a finalizer.
func terminating(o *v1alpha1.ExternalService) {
	now := metav1.NewTime(tenOClock)
	o.DeletionTimestamp, o.Finalizers = &now, []string{"example.com/hold"}
}

// deleteHeld deletes the object, which a finalizer holds.
func (c *cluster) deleteHeld() {
	c.t.Helper()
	o := c.object()
	o.Finalizers = []string{"example.com/hold"}
	if err := c.server.Update(c.t.Context(), o); err != nil {
		c.t.Fatal(err)
	}
	if err := c.server.Delete(c.t.Context(), o); err != nil {
		c.t.Fatal(err)
	}
}

func TestTerminatingObjectIsLookedAfterUntilItIsGone(t *testing.T) {
	c := allUp(t, object())
	c.deleteHeld()
	c.mustReconcile()
	if len(c.engine.forgotten) > 0 {
		t.Fatal("its hosts are not probed any more")
	}
	c.wantQuiet()
	c.failHost()
	c.wantWrites(c.mustReconcile(), updateSlice, updateEndpoints, updateStatus)
	if diff := cmp.Diff([]string{"203.0.113.1", "203.0.113.3"}, c.serving()); diff != "" {
		t.Errorf("serving (-want +got):\n%s", diff)
	}
	if got := c.condition(v1alpha1.ConditionDegraded); got != "True HostsUnhealthy" {
		t.Errorf("Degraded is %s", got)
	}
	o := c.object()
	o.Finalizers = nil
	if err := c.server.Update(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	c.mustReconcile()
	if len(c.engine.forgotten) != 1 {
		t.Error("an object that is gone is still probed")
	}
}

// A new process takes a terminating object over as any other.
func TestTerminatingObjectIsLookedAfterByANewProcess(t *testing.T) {
	c := allUp(t, object())
	c.deleteHeld()
	c.mustReconcile()
	c.restart()
	c.wantQuiet()
	if n := len(c.engine.verdicts[engine.Key(orders)]); n != 3 {
		t.Errorf("%d hosts are probed, want 3", n)
	}
}

func TestTerminatingObjectCreatesNothing(t *testing.T) {
	t.Run("that was never published", func(t *testing.T) {
		c := newCluster(t, object(terminating))
		c.wantWrites(c.mustReconcile(), updateStatus)
		c.wantQuiet()
		if got := len(c.engine.verdicts); got > 0 {
			t.Error("its hosts are probed")
		}
	})
	t.Run("whose Service is deleted", func(t *testing.T) {
		c := allUp(t, object())
		c.deleteHeld()
		c.mustReconcile()
		if err := c.server.Delete(t.Context(), ownedService(object())); err != nil {
			t.Fatal(err)
		}
		for _, write := range c.mustReconcile() {
			if write == "create service" {
				t.Error("the Service is created again")
			}
		}
		if got := c.condition(v1alpha1.ConditionAccepted); got != "False ServiceNotFound" {
			t.Errorf("Accepted is %s", got)
		}
	})
	t.Run("whose slice the garbage collector deletes", func(t *testing.T) {
		c := allUp(t, object(withPorts(pgPort, webPort)))
		web := engine.MemberID{Address: address(1), Port: "web"}
		c.judged(hosts.Verdicts{web: up(0)})
		c.deleteHeld()
		all := c.slices()
		if len(all) != 2 {
			t.Fatalf("%d slices, want one for each port", len(all))
		}
		if err := c.server.Delete(t.Context(), &all[1]); err != nil {
			t.Fatal(err)
		}
		c.mustReconcile()
		c.failHost()
		c.mustReconcile()
		if got := c.slices(); len(got) != 1 || got[0].Name != all[0].Name {
			t.Errorf("%d slices, want the first only", len(got))
		}
	})
	t.Run("in place of what it takes away", func(t *testing.T) {
		c := allUp(t, object())
		c.deleteHeld()
		c.edit(func(o *v1alpha1.ExternalService) { o.Spec.Ports[0].TargetPort = 6432 })
		c.mustReconcile()
		c.judged(hosts.Verdicts{id(1): up(0), id(2): up(0), id(3): up(0)})
		if got := len(c.serving()); got != 3 {
			t.Errorf("%d hosts get traffic, want 3", got)
		}
	})
}

func TestTerminatingObjectHoldsItsClaimWhileItsSlicesAreLeft(t *testing.T) {
	c := allUp(t, object())
	c.deleteHeld()
	c.mustReconcile()
	younger := object(withHosts(hostsNumbered(7)...))
	younger.Name, younger.UID, younger.Spec.Service.Name = "younger", types.UID("xsvc-2"), orders.Name
	younger.CreationTimestamp = metav1.NewTime(at(60))
	if err := c.server.Create(t.Context(), younger); err != nil {
		t.Fatal(err)
	}
	name := types.NamespacedName{Namespace: orders.Namespace, Name: "younger"}
	accepted := func() string {
		t.Helper()
		if _, err := c.reconcileNamed(name); err != nil {
			t.Fatal(err)
		}
		o := &v1alpha1.ExternalService{}
		if err := c.server.Get(t.Context(), name, o); err != nil {
			t.Fatal(err)
		}
		return inShort(o.Status.Conditions)[v1alpha1.ConditionAccepted]
	}
	if got := accepted(); got != "False Claimed" {
		t.Errorf("while the older is terminating, Accepted is %s", got)
	}
	if err := c.server.DeleteAllOf(t.Context(), &discoveryv1.EndpointSlice{}, inNamespace); err != nil {
		t.Fatal(err)
	}
	if got := accepted(); got == "False Claimed" {
		t.Error("an object without slices still holds its claim")
	}
}
