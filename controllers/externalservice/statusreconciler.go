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

// restrictedBackoff is the back-off after a 403: an administrator has to grant the permission,
// and early retries do not help.
const restrictedBackoff = time.Minute

// finish ends a reconcile: the rest is left to the teller.
func (r *Reconciler) finish(ctx context.Context, t statusUpdate, wait time.Duration, failure error) (reconcile.Result, error) {
	switch {
	case isConflict(failure):
		// The write raced with another one, or the cache was stale: reconcile again, report nothing.
		return reconcile.Result{}, failure
	case failure != nil:
		r.statusQueue.Set(t)
		return retry(ctx, failure)
	default:
		r.statusQueue.Set(t)
		return reconcile.Result{RequeueAfter: wait}, nil
	}
}

// writeQueuedStatus writes Endpoints and the status, then sends events and sets metrics, so that
// these report what the API server has accepted.
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

// retry requeues after a failure: late where a retry cannot help, soon otherwise.
func retry(ctx context.Context, failure error) (reconcile.Result, error) {
	if !apierrors.IsForbidden(failure) && !isTooLarge(failure) {
		return reconcile.Result{}, failure
	}
	log.FromContext(ctx).Error(failure, "The API server refuses a write, will try again later", "after", restrictedBackoff)
	return reconcile.Result{RequeueAfter: restrictedBackoff}, nil
}

// retriable returns the failure if a retry may help, else nil.
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

// logTransitions logs changed conditions, for readers of logs.
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

// statusWorkers is the number of concurrent status reconciles. They have workers of their own, so
// that no slice write waits for a status write. One worker is enough for a hundred objects a
// second and leaves the API server to slice writes: with two, slice writes took half as long
// again at that rate.
const statusWorkers = 1

// statusReconciler makes the writes that no traffic depends on: Endpoints, which few consumers
// read, then the status, then events.
//
// A failed write is not retried with the old values. The object is reconciled again, and that
// leaves a newer update.
type statusReconciler struct{ *Reconciler }

func newStatusReconciler(r *Reconciler) *statusReconciler { return &statusReconciler{r} }

// Reconcile implements reconcile.Reconciler.
func (t *statusReconciler) Reconcile(ctx context.Context, request reconcile.Request) (reconcile.Result, error) {
	t.statusQueue.gate.WaitIdle(ctx)
	result, err := t.writeQueuedStatus(ctx, request.NamespacedName)
	if err != nil {
		t.requeue.enqueue(request, t.statusQueue.retries.When(request))
		return reconcile.Result{}, reconcile.TerminalError(err)
	}
	t.statusQueue.retries.Forget(request)
	if result.RequeueAfter > 0 {
		t.requeue.enqueue(request, result.RequeueAfter)
	}
	return reconcile.Result{}, nil
}
