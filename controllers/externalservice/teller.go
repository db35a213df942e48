package externalservice

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// tellers tell at the same time. They are workers of their own, so that who moves
// traffic never waits for them. One is enough for a hundred objects a second, and it has
// the API server to spare for slices: with two these took half as long again at that rate.
// It is always at work, so that an object waits for those before it in the queue at most,
// where each object is once.
const tellers = 1

// teller writes what only tells: Endpoints, which nobody but old consumers reads, then
// the status, then events.
//
// What cannot be told is not tried again from what was known then. The object is looked
// at anew, by who reconciles it, and that leaves new tidings.
type teller struct{ *Reconciler }

func newTeller(r *Reconciler) *teller { return &teller{r} }

// Reconcile implements reconcile.Reconciler.
func (t *teller) Reconcile(ctx context.Context, request reconcile.Request) (reconcile.Result, error) {
	t.desk.traffic.give(ctx)
	result, err := t.tell(ctx, request.NamespacedName)
	if err != nil {
		t.again.add(request, t.desk.retries.When(request))
		return reconcile.Result{}, reconcile.TerminalError(err)
	}
	t.desk.retries.Forget(request)
	if result.RequeueAfter > 0 {
		t.again.add(request, result.RequeueAfter)
	}
	return reconcile.Result{}, nil
}
