package consistency

import (
	"context"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/endpointslice"
)

// Writer writes to the API server. Every update and delete carries the resourceVersion that was
// read, so that a paused writer that lost its lease gets a conflict.
type Writer struct {
	client  client.Client
	tracker *Tracker
	writes  *prometheus.CounterVec
	foreign ForeignWrite
}

// ForeignWrite is called with an event that [Writer.IsOwnWrite] held as our own write, if the
// response showed that it was another writer's.
type ForeignWrite func(context.Context, client.Object)

// NewWriter returns a Writer, and registers its metric where registerer is not nil.
func NewWriter(c client.Client, tracker *Tracker, registerer prometheus.Registerer, foreign ForeignWrite) *Writer {
	return &Writer{
		client:  client.WithFieldOwner(c, v1alpha1.FieldManager),
		tracker: tracker,
		writes:  NewWrites(registerer),
		foreign: foreign,
	}
}

// NewWrites returns the counter of writes, registered where registerer is not nil.
func NewWrites(registerer prometheus.Registerer) *prometheus.CounterVec {
	writes := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "external_endpoints_api_writes_total",
		Help: "Writes to the API server by resource, operation (create, update, update_status, delete) and result " +
			"(ok, conflict, forbidden, error).",
	}, []string{"resource", "operation", "result"})
	if registerer != nil {
		registerer.MustRegister(writes)
	}
	return writes
}

// deletion is the operation after which there is no object.
const deletion = "delete"

// Create creates the object.
func (w *Writer) Create(ctx context.Context, object client.Object) error {
	return w.carryOut(ctx, "create", object, func() error { return w.client.Create(ctx, object) })
}

// Update replaces the object, unless it changed since it was read.
func (w *Writer) Update(ctx context.Context, object client.Object) error {
	return w.carryOut(ctx, "update", object, func() error { return w.client.Update(ctx, object) })
}

// UpdateStatus replaces the object's status, unless the object changed since it was read.
func (w *Writer) UpdateStatus(ctx context.Context, object client.Object) error {
	return w.carryOut(ctx, "update_status", object, func() error { return w.client.Status().Update(ctx, object) })
}

// Delete deletes exactly the object that was read. One that is gone already is no error.
func (w *Writer) Delete(ctx context.Context, object client.Object) error {
	return w.carryOut(ctx, deletion, object, func() error {
		uid, version := object.GetUID(), object.GetResourceVersion()
		err := w.client.Delete(ctx, object, client.Preconditions{UID: &uid, ResourceVersion: &version})
		return client.IgnoreNotFound(err)
	})
}

// IsOwnWrite reports whether an object in a watch event is our own write. An event that arrives while
// a write of the object is in flight counts as ours; if it is not, [ForeignWrite] is called.
func (w *Writer) IsOwnWrite(object client.Object) bool {
	return w.tracker.isOwnWrite(scopeOf(object), object)
}

// Invalidate has the object, or the slices of its Service, read from the API server next
// time, whatever the cache shows.
func (w *Writer) Invalidate(object client.Object) {
	w.tracker.invalidate(scopeOf(object))
	// A slice with another Service in its label is still read for the Service it was made for.
	if made := endpointslice.MadeFor(object); made != "" {
		w.tracker.invalidate(scope{kind: resourceOf(object), namespace: object.GetNamespace(), name: made})
	}
}

// Forget drops what was noted of an ExternalService that is gone, and of its Service.
func (w *Writer) Forget(object, service types.NamespacedName) {
	w.tracker.forget(
		scope{kind: resourceOf(&v1alpha1.ExternalService{}), namespace: object.Namespace, name: object.Name},
		scope{kind: resourceOf(&corev1.Service{}), namespace: service.Namespace, name: service.Name},
		scope{kind: resourceOf(&corev1.Endpoints{}), namespace: service.Namespace, name: service.Name},
		scope{kind: resourceOf(&discoveryv1.EndpointSlice{}), namespace: service.Namespace, name: service.Name},
	)
}

// carryOut makes a write, counts it and notes its success.
func (w *Writer) carryOut(ctx context.Context, operation string, object client.Object, write func() error) error {
	resource, inFlight := resourceOf(object), w.tracker.begin(object)
	err := write()
	w.writes.WithLabelValues(resource, operation, resultOf(err)).Inc()
	if err != nil {
		if outcomeUnknown(err) {
			w.tracker.invalidate(scopeOf(object))
		}
		w.report(ctx, w.tracker.failed(inFlight))
		return fmt.Errorf("%s %s %s: %w", operation, resource, client.ObjectKeyFromObject(object), err)
	}
	w.report(ctx, w.tracker.answered(inFlight, object, operation == deletion))
	return nil
}

func (w *Writer) report(ctx context.Context, announced client.Object) {
	if announced != nil {
		w.foreign(ctx, announced)
	}
}

// outcomeUnknown reports whether a failed write shows that the object is not what we
// took it for, or leaves open whether it was written: a conflict, or a connection
// that broke. Trying again on the same cache would fail in the same way until its
// watch comes back, which may take half a minute.
func outcomeUnknown(err error) bool {
	return !apierrors.IsForbidden(err) && !apierrors.IsInvalid(err) && !apierrors.IsTooManyRequests(err)
}

func resultOf(err error) string {
	switch {
	case err == nil:
		return "ok"
	case apierrors.IsConflict(err), apierrors.IsAlreadyExists(err):
		return "conflict"
	case apierrors.IsForbidden(err):
		return "forbidden"
	default:
		return "error"
	}
}
