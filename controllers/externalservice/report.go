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
)

// restrictedBackoff is how long to wait after a 403: a missing permission is
// cured by an administrator and not by asking again.
const restrictedBackoff = time.Minute

// handOver ends a reconcile: the rest is left to the teller.
func (r *Reconciler) handOver(ctx context.Context, t tidings, wait time.Duration, failure error) (reconcile.Result, error) {
	switch {
	case raced(failure):
		// Somebody was faster, or our cache was older: look again, and say nothing.
		return reconcile.Result{}, failure
	case failure != nil:
		r.desk.put(t)
		return retry(ctx, failure)
	default:
		r.desk.put(t)
		return reconcile.Result{RequeueAfter: wait}, nil
	}
}

// tell writes Endpoints and the status, then sends events and sets metrics: what is told
// is what the API server has accepted.
func (r *Reconciler) tell(ctx context.Context, name types.NamespacedName) (reconcile.Result, error) {
	ctx, giveBack := r.desk.turns.takeInterruptible(ctx, name)
	defer giveBack()
	result, err := r.tellInTurn(ctx, name)
	if err != nil && ctx.Err() != nil {
		// The reconcile that interrupted it leaves a newer status to be written.
		return reconcile.Result{}, nil
	}
	return result, err
}

func (r *Reconciler) tellInTurn(ctx context.Context, name types.NamespacedName) (reconcile.Result, error) {
	t, found := r.desk.take(name)
	if !found {
		return reconcile.Result{}, nil
	}
	f, m, told := t.facts, t.memory, t.report
	failure := r.copy(ctx, t)
	if raced(failure) {
		return reconcile.Result{}, failure
	}
	if failure != nil {
		told.programmed = programmedAfter(0, failure)
	}
	object := f.object.DeepCopy()
	object.Status = statusFor(f.object, told, metav1.NewTime(time.Now()).Rfc3339Copy())
	if m.tooLargeAt == object.Generation {
		object.Status = shortStatus(object.Status)
	}
	if !apiequality.Semantic.DeepEqual(f.object.Status, object.Status) {
		if err := r.writeStatus(ctx, object, m); err != nil {
			return retry(ctx, cmp.Or(urgent(failure), err))
		}
		logTransitions(ctx, f.object, object)
	}
	changed, hold := m.news(t.verdicts, told.endpoints, time.Now())
	r.events.send(object, eventsFor(f.object, object, changed))
	stale, resolved, holdNames := m.newsOfNames(told.names, time.Now())
	r.events.send(object, nameEvents(stale, resolved))
	m.names = byName(told.names)
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
	object.Status = shortStatus(object.Status)
	return r.writer.UpdateStatus(ctx, object)
}

// isTooLarge reports whether an object has more bytes than the API server or etcd take.
// That of etcd comes as an internal error, which has nothing but its text.
func isTooLarge(err error) bool {
	return apierrors.IsRequestEntityTooLargeError(err) || err != nil && strings.Contains(err.Error(), "request is too large")
}

// copy writes the Endpoints.
func (r *Reconciler) copy(ctx context.Context, t tidings) error {
	if t.copies.empty() {
		return nil
	}
	if err := carryOut(ctx, r.writer, t.facts, t.copies.changes); err != nil {
		return err
	}
	t.memory.reverts.settle(t.copies.content, true, time.Now())
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

// urgent returns a failure that asking again may cure, or nil.
func urgent(failure error) error {
	if apierrors.IsForbidden(failure) {
		return nil
	}
	return failure
}

// raced reports whether a write lost against another one, or against a deletion.
func raced(err error) bool {
	return apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err) || apierrors.IsNotFound(err)
}

// logTransitions logs what changed for whoever reads logs instead of objects.
func logTransitions(ctx context.Context, before, after *v1alpha1.ExternalService) {
	var changed []string
	for _, c := range after.Status.Conditions {
		if old := findCondition(before.Status.Conditions, c.Type); old == nil || old.Status != c.Status || old.Reason != c.Reason {
			changed = append(changed, fmt.Sprintf("%s=%s (%s)", c.Type, c.Status, c.Reason))
		}
	}
	if len(changed) > 0 {
		ready := findCondition(after.Status.Conditions, v1alpha1.ConditionReady)
		log.FromContext(ctx).Info("Conditions changed", "conditions", changed, "message", ready.Message)
	}
}
