package externalservice

import (
	"context"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
)

// announceDeletion passes a deletion through the predicate and the handler of a watch,
// and returns how many objects it enqueues.
func (c *cluster) announceDeletion(e event.DeleteEvent) int {
	c.t.Helper()
	queue := workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[reconcile.Request]())
	defer queue.ShutDown()
	if c.r.ownWriteFilter().Delete(e) {
		c.r.mapToClaimingServices(serviceOf).Delete(context.Background(), e, queue)
	}
	return queue.Len()
}

// incompleteCache is a cache that was filled from an incomplete list: it lacks some objects.
type incompleteCache struct {
	client.Reader
	lacks func(client.Object) bool
}

func (m incompleteCache) Get(ctx context.Context, key client.ObjectKey, o client.Object, opts ...client.GetOption) error {
	err := m.Reader.Get(ctx, key, o, opts...)
	if err == nil && m.lacks(o) {
		return apierrors.NewNotFound(schema.GroupResource{}, key.Name)
	}
	return err
}

func (m incompleteCache) List(ctx context.Context, list client.ObjectList, opts ...client.ListOption) error {
	err := m.Reader.List(ctx, list, opts...)
	switch l := list.(type) {
	case *discoveryv1.EndpointSliceList:
		l.Items = slices.DeleteFunc(l.Items, func(s discoveryv1.EndpointSlice) bool { return m.lacks(&s) })
	case *v1alpha1.ExternalServiceList:
		l.Items = slices.DeleteFunc(l.Items, func(o v1alpha1.ExternalService) bool { return m.lacks(&o) })
	}
	return err
}

// A watch that is taken up by a new list announces what is missing with its last known
// state, whose resourceVersion is that of our last write.
func TestReconcileRestoresWhatWasDeletedWhileTheWatchWasAway(t *testing.T) {
	for name, lost := range map[string]struct {
		object func(c *cluster) client.Object
		want   string
	}{
		"slice":     {func(c *cluster) client.Object { return &c.slices()[0] }, createSlice},
		"Endpoints": {func(c *cluster) client.Object { return read(c, &corev1.Endpoints{}) }, createEndpoints},
		"Service":   {func(c *cluster) client.Object { return read(c, &corev1.Service{}) }, "create service"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCluster(t, object())
			c.mustReconcile()
			thaw := c.freeze() // the tracker keeps the entries of the last writes
			c.judged(hosts.Verdicts{id(1): up(0), id(2): up(0), id(3): up(0)})
			object := lost.object(c)
			if err := c.server.Delete(t.Context(), object); err != nil {
				t.Fatal(err)
			}
			thaw()
			if n := c.announceDeletion(event.DeleteEvent{Object: object, DeleteStateUnknown: true}); n != 1 {
				t.Fatalf("the tombstone enqueues %d objects, want 1", n)
			}
			if got := c.mustReconcile(); len(got) == 0 || got[0] != lost.want {
				t.Errorf("writes: %q, want %q first", got, lost.want)
			}
		})
	}
}

// The list that a tombstone comes from may be incomplete: what is there still is not
// written again.
func TestReconcileReadsTheServerAfterATombstone(t *testing.T) {
	c := allUp(t, object())
	slice := &c.slices()[0]
	c.cached.Reader = incompleteCache{c.server, func(o client.Object) bool { return o.GetUID() == slice.UID && o.GetName() == slice.Name }}
	if n := c.announceDeletion(event.DeleteEvent{Object: slice, DeleteStateUnknown: true}); n != 1 {
		t.Fatalf("the tombstone enqueues %d objects, want 1", n)
	}
	tried := 0
	c.refuse = func(string) error { tried++; return nil }
	c.wantQuiet()
	if tried > 0 {
		t.Errorf("%d writes were tried although nothing changed", tried)
	}
}

// An ExternalService that an incomplete list lacks is still probed.
func TestReconcileLooksUpAnExternalServiceAfterATombstone(t *testing.T) {
	c := allUp(t, object())
	o := c.object()
	c.cached.Reader = incompleteCache{c.server, func(o client.Object) bool { _, is := o.(*v1alpha1.ExternalService); return is }}
	c.r.lookUpDeleted().Delete(event.DeleteEvent{Object: o, DeleteStateUnknown: true})
	c.wantQuiet()
	if len(c.engine.forgotten) > 0 {
		t.Error("its hosts are not probed any more")
	}
	if err := c.server.Delete(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	c.r.lookUpDeleted().Delete(event.DeleteEvent{Object: o})
	c.mustReconcile()
	if len(c.engine.forgotten) != 1 {
		t.Error("a deleted object is still probed")
	}
}

// A tombstone of an object that no ExternalService claims is not remembered.
func TestTombstoneOfAnotherServiceIsNotRemembered(t *testing.T) {
	c := allUp(t, object())
	before := c.tracker.Len()
	slice := &discoveryv1.EndpointSlice{}
	slice.Namespace, slice.Name = orders.Namespace, "other-1"
	slice.Labels = map[string]string{discoveryv1.LabelServiceName: "other"}
	if n := c.announceDeletion(event.DeleteEvent{Object: slice, DeleteStateUnknown: true}); n != 0 {
		t.Errorf("it enqueues %d objects", n)
	}
	if after := c.tracker.Len(); after != before {
		t.Errorf("the tracker has %d entries, had %d", after, before)
	}
}
