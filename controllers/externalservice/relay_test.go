package externalservice

import (
	"testing"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// Controllers start in any order: one may have something for the other before that is
// there, and nothing else would bring it up again.
func TestNothingIsLostOnTheWayToAControllerThatHasNotStarted(t *testing.T) {
	var r requestSource
	want := reconcile.Request{NamespacedName: types.NamespacedName{Namespace: "shop", Name: "orders"}}
	r.enqueue(want, 0)
	queue := newQueue()
	defer queue.ShutDown()
	if err := r.Start(t.Context(), queue); err != nil {
		t.Fatal(err)
	}
	if queue.Len() != 1 {
		t.Fatalf("%d requests are queued, want the one from before the start", queue.Len())
	}
	if got, _ := queue.Get(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
