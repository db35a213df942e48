package framework

import (
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/test/framework/waits"
)

// Change updates an object of somebody's, again where somebody else was faster.
func Change[T client.Object](t *testing.T, c client.Client, object T, how func(T)) {
	t.Helper()
	waits.Eventually(t, waits.Timeout, func() error {
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

// Remove deletes an object.
func (w *World) Remove(t *testing.T, object client.Object) {
	t.Helper()
	if err := w.Client.Delete(t.Context(), object); err != nil {
		t.Fatal(err)
	}
}
