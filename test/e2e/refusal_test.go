package e2e

import (
	"errors"
	"fmt"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
)

// toldWithin is how long a change of the cluster may take to be told in a status.
// It takes milliseconds, unless the machine stands still for a while.
const toldWithin = 15 * time.Second

// refused waits until the object is not Accepted for that reason and says so
// everywhere: in Ready, in an event and, where waiting does not help, in Stalled.
func (w *World) refused(t *testing.T, object *v1alpha1.ExternalService, reason string, stalled metav1.ConditionStatus) {
	t.Helper()
	wanted := map[string]metav1.Condition{
		v1alpha1.ConditionAccepted: {Status: metav1.ConditionFalse, Reason: reason},
		v1alpha1.ConditionReady:    {Status: metav1.ConditionFalse, Reason: reason},
		v1alpha1.ConditionStalled:  {Status: stalled, Reason: reason},
	}
	eventually(t, toldWithin, func() error {
		current := w.get(t, object)
		for conditionType, want := range wanted {
			got := condition(current, conditionType)
			if got.Status != want.Status || got.Status != "" && got.Reason != want.Reason {
				return fmt.Errorf("ExternalService %s: %s must be %q (%s), is %s", object.Name, conditionType,
					want.Status, want.Reason, message(current, conditionType))
			}
		}
		return nil
	})
	eventually(t, toldWithin, func() error { return w.hasEvent(t, object, reason) })
}

// hasEvent returns nil when there is an event with that reason about the object.
func (w *World) hasEvent(t *testing.T, object *v1alpha1.ExternalService, reason string) error {
	t.Helper()
	var events eventsv1.EventList
	if err := w.Client.List(t.Context(), &events, client.InNamespace(w.Namespace)); err != nil {
		t.Fatal(err)
	}
	for _, event := range events.Items {
		if event.Regarding.Name == object.Name && event.Reason == reason {
			return nil
		}
	}
	return fmt.Errorf("no event %s about ExternalService %s among %d", reason, object.Name, len(events.Items))
}

// heals waits until the object serves all its hosts and nothing is stalled.
func (w *World) heals(t *testing.T, object *v1alpha1.ExternalService) {
	t.Helper()
	eventually(t, readyWithin, func() error {
		if err := w.served(t, object); err != nil {
			return err
		}
		if current := w.get(t, object); condition(current, v1alpha1.ConditionStalled).Status != "" {
			return errors.New(message(current, v1alpha1.ConditionStalled))
		}
		return nil
	})
}

// withdrawn waits until the Service has no slices of the object and no Endpoints of it.
func (w *World) withdrawn(t *testing.T, object *v1alpha1.ExternalService) {
	t.Helper()
	eventually(t, toldWithin, func() error {
		for _, slice := range w.slices(t, object.EffectiveServiceName()) {
			if metav1.IsControlledBy(&slice, object) {
				return fmt.Errorf("EndpointSlice %s is still there", slice.Name)
			}
		}
		endpoints := &corev1.Endpoints{}
		found := w.find(t, object.EffectiveServiceName(), endpoints)
		if found && metav1.IsControlledBy(endpoints, object) {
			return fmt.Errorf("Endpoints %s are still there", endpoints.Name)
		}
		return nil
	})
}

// find fills an object of the test's namespace and reports whether there is one.
func (w *World) find(t *testing.T, name string, object client.Object) bool {
	t.Helper()
	err := w.Client.Get(t.Context(), client.ObjectKey{Namespace: w.Namespace, Name: name}, object)
	if err != nil && !apierrors.IsNotFound(err) {
		t.Fatal(err)
	}
	return err == nil
}

// remember returns a function that fails the test when any of the objects, which
// are somebody else's, has been written or deleted in the meantime.
func (w *World) remember(t *testing.T, objects ...client.Object) (untouched func()) {
	t.Helper()
	var before []string
	for _, object := range objects {
		if !w.find(t, object.GetName(), object) {
			t.Fatalf("%T %s is not there", object, object.GetName())
		}
		before = append(before, object.GetResourceVersion())
	}
	return func() {
		t.Helper()
		for i, object := range objects {
			if !w.find(t, object.GetName(), object) {
				t.Errorf("%T %s of somebody else was deleted", object, object.GetName())
			} else if now := object.GetResourceVersion(); now != before[i] {
				t.Errorf("%T %s of somebody else was written: resourceVersion %s -> %s", object, object.GetName(), before[i], now)
			}
		}
	}
}

// change updates an object of somebody's, again where somebody else was faster.
func change[T client.Object](t *testing.T, c client.Client, object T, how func(T)) {
	t.Helper()
	eventually(t, toldWithin, func() error {
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

// remove deletes an object.
func (w *World) remove(t *testing.T, object client.Object) {
	t.Helper()
	if err := w.Client.Delete(t.Context(), object); err != nil {
		t.Fatal(err)
	}
}
