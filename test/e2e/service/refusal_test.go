package service

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// refused waits until the object is not Accepted for that reason and says so
// everywhere: in Ready, in an event and, where waiting does not help, in Stalled.
func (w *World) refused(t *testing.T, object *v1alpha1.ExternalService, reason string, stalled metav1.ConditionStatus) {
	t.Helper()
	wanted := map[string]metav1.Condition{
		v1alpha1.ConditionAccepted: {Status: metav1.ConditionFalse, Reason: reason},
		v1alpha1.ConditionReady:    {Status: metav1.ConditionFalse, Reason: reason},
		v1alpha1.ConditionStalled:  {Status: stalled, Reason: reason},
	}
	waits.Eventually(t, waits.Timeout, func() error {
		current := w.Get(t, object)
		for conditionType, want := range wanted {
			got := framework.Condition(current, conditionType)
			if got.Status != want.Status || got.Status != "" && got.Reason != want.Reason {
				return fmt.Errorf("ExternalService %s: %s must be %q (%s), is %s", object.Name, conditionType,
					want.Status, want.Reason, framework.Message(current, conditionType))
			}
		}
		return nil
	})
	waits.Eventually(t, waits.Timeout, func() error { return w.HasEvent(t, object, reason) })
}

// withdrawn waits until the Service has no slices of the object and no Endpoints of it.
func (w *World) withdrawn(t *testing.T, object *v1alpha1.ExternalService) {
	t.Helper()
	waits.Eventually(t, waits.Timeout, func() error {
		for _, slice := range w.Slices(t, object.EffectiveServiceName()) {
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
