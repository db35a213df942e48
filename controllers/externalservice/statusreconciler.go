package externalservice

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	apiequality "k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/status"
)

// restrictedBackoff is how long to wait after a 403: a missing permission is
// cured by an administrator and not by asking again.
const restrictedBackoff = time.Minute

// finish ends a reconcile: the rest is left to the teller.
func (r *Reconciler) finish(ctx context.Context, t statusUpdate, wait time.Duration, failure error) (reconcile.Result, error) {
	switch {
	case isConflict(failure):
		// Somebody was faster, or our cache was older: look again, and say nothing.
		return reconcile.Result{}, failure
	case failure != nil:
		r.statusQueue.Set(t)
		return retry(ctx, failure)
	default:
		r.statusQueue.Set(t)
		return reconcile.Result{RequeueAfter: wait}, nil
	}
}

// writeQueuedStatus writes Endpoints and the status, then sends events and sets metrics: what is told
// is what the API server has accepted.
func (r *Reconciler) writeQueuedStatus(ctx context.Context, name types.NamespacedName) (reconcile.Result, error) {
	ctx, giveBack := r.statusQueue.mutex.LockInterruptible(ctx, name)
	defer giveBack()
	result, err := r.writeLocked(ctx, name)
	if err != nil && ctx.Err() != nil {
		// The reconcile that interrupted it leaves a newer status to be written.
		return reconcile.Result{}, nil
	}
	return result, err
}

func (r *Reconciler) writeLocked(ctx context.Context, name types.NamespacedName) (reconcile.Result, error) {
	t, found := r.statusQueue.Pop(name)
	if !found {
		return reconcile.Result{}, nil
	}
	f, m, told := t.facts, t.memory, t.report
	failure := r.writeEndpointsObject(ctx, t)
	if isConflict(failure) {
		return reconcile.Result{}, failure
	}
	if failure != nil {
		told.Programmed = status.ProgrammedAfter(0, failure)
	}
	object := f.Object.DeepCopy()
	object.Status = status.Compose(f.Object, told, metav1.NewTime(time.Now()).Rfc3339Copy())
	if m.tooLargeAt == object.Generation {
		object.Status = status.Shortened(object.Status)
	}
	if !apiequality.Semantic.DeepEqual(f.Object.Status, object.Status) {
		if err := r.writeStatus(ctx, object, m); err != nil {
			return retry(ctx, cmp.Or(retriable(failure), err))
		}
		logTransitions(ctx, f.Object, object)
	}
	changed, hold := m.NextTransitions(t.verdicts, told.Endpoints, time.Now())
	r.events.send(object, status.Events(f.Object, object, changed))
	stale, resolved, holdNames := m.NextNames(told.Names, time.Now())
	r.events.send(object, status.NameEvents(stale, resolved))
	m.Names = status.ByName(told.Names)
	r.metrics.set(object, told)

	if failure != nil {
		return retry(ctx, failure)
	}
	return reconcile.Result{RequeueAfter: sooner(hold, holdNames)}, nil
}

// writeStatus writes the status. One that is too large for the API server, beside a spec
// that is nearly so, is cut: the same bytes again would fail again.
func (r *Reconciler) writeStatus(ctx context.Context, object *v1alpha1.ExternalService, m *memory) error {
	err := r.writer.UpdateStatus(ctx, object)
	if !isTooLarge(err) || m.tooLargeAt == object.Generation {
		return err
	}
	m.tooLargeAt = object.Generation
	object.Status = status.Shortened(object.Status)
	return r.writer.UpdateStatus(ctx, object)
}

// isTooLarge reports whether an object has more bytes than the API server or etcd take.
// That of etcd comes as an internal error, which has nothing but its text.
func isTooLarge(err error) bool {
	return apierrors.IsRequestEntityTooLargeError(err) || err != nil && strings.Contains(err.Error(), "request is too large")
}

// writeEndpointsObject writes the Endpoints.
func (r *Reconciler) writeEndpointsObject(ctx context.Context, t statusUpdate) error {
	if t.endpoints.Empty() {
		return nil
	}
	if err := carryOut(ctx, r.writer, t.facts, t.endpoints.Changes); err != nil {
		return err
	}
	t.memory.reverts.Record(t.endpoints.content, true, time.Now())
	return nil
}

// retry has a failure tried again: one that asking again cannot cure late, any other soon.
func retry(ctx context.Context, failure error) (reconcile.Result, error) {
	if !apierrors.IsForbidden(failure) && !isTooLarge(failure) {
		return reconcile.Result{}, failure
	}
	log.FromContext(ctx).Error(failure, "The API server refuses a write, will try again later", "after", restrictedBackoff)
	return reconcile.Result{RequeueAfter: restrictedBackoff}, nil
}

// retriable returns a failure that asking again may cure, or nil.
func retriable(failure error) error {
	if apierrors.IsForbidden(failure) {
		return nil
	}
	return failure
}

// isConflict reports whether a write lost against another one, or against a deletion.
func isConflict(err error) bool {
	return apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err) || apierrors.IsNotFound(err)
}

// logTransitions logs what changed for whoever reads logs instead of objects.
func logTransitions(ctx context.Context, before, after *v1alpha1.ExternalService) {
	var changed []string
	for _, c := range after.Status.Conditions {
		if old := status.FindCondition(before.Status.Conditions, c.Type); old == nil || old.Status != c.Status || old.Reason != c.Reason {
			changed = append(changed, fmt.Sprintf("%s=%s (%s)", c.Type, c.Status, c.Reason))
		}
	}
	if len(changed) > 0 {
		ready := status.FindCondition(after.Status.Conditions, v1alpha1.ConditionReady)
		log.FromContext(ctx).Info("Conditions changed", "conditions", changed, "message", ready.Message)
	}
}

// statusWorkers tell at the same time. They are workers of their own, so that who moves
// traffic never waits for them. One is enough for a hundred objects a second, and it has
// the API server to spare for slices: with two these took half as long again at that rate.
// It is always at work, so that an object waits for those before it in the queue at most,
// where each object is once.
const statusWorkers = 1

// statusReconciler writes what only tells: Endpoints, which nobody but old consumers reads, then
// the status, then events.
//
// What cannot be told is not tried again from what was known then. The object is looked
// at anew, by who reconciles it, and that leaves new tidings.
type statusReconciler struct{ *Reconciler }

func newStatusReconciler(r *Reconciler) *statusReconciler { return &statusReconciler{r} }

// Reconcile implements reconcile.Reconciler.
func (t *statusReconciler) Reconcile(ctx context.Context, request reconcile.Request) (reconcile.Result, error) {
	t.statusQueue.gate.WaitIdle(ctx)
	result, err := t.writeQueuedStatus(ctx, request.NamespacedName)
	if err != nil {
		t.requeue.add(request, t.statusQueue.retries.When(request))
		return reconcile.Result{}, reconcile.TerminalError(err)
	}
	t.statusQueue.retries.Forget(request)
	if result.RequeueAfter > 0 {
		t.requeue.add(request, result.RequeueAfter)
	}
	return reconcile.Result{}, nil
}
