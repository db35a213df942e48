package externalservice

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/checks"
	"github.com/external-endpoints/operator/controllers/internal/consistency"
)

const (
	// workers is the number of concurrent reconciles. They mostly wait for the API server; a few
	// keep it busy, and more would only queue there. The controller that removes hosts has as many
	// of its own, so that one of them is free while large objects are written.
	workers = 8
	// A failed reconcile is tried again soon, and every few seconds at last: what
	// failed while the API server was away is to be done soon after its return.
	firstRetry, lastRetry = 5 * time.Millisecond, 3 * time.Second
)

// Options are what the controller needs beside the manager.
type Options struct {
	Engine Engine
	// Resolver looks names up; it notifies EngineChanges of changed answers.
	Resolver Resolver
	// EngineChanges is the engine's observer.
	EngineChanges *EngineSource
	// AddressPolicy returns an error for an address that is not allowed.
	AddressPolicy func(netip.Addr) error
	// DeniedName reports whether a name must not be looked up, because it is the
	// cluster's own; nil: none is denied.
	DeniedName func(string) bool
	// PolicyChanges is rung when the address policy says something else than before.
	PolicyChanges *BroadcastSource
	// MinInterval is the shortest interval between two probes of a target.
	MinInterval time.Duration
	// MaxTargetsPerNamespace is how many targets the objects of a namespace may have
	// together; 0: as many as they like.
	MaxTargetsPerNamespace int
	// WriteEndpoints: v1 Endpoints are written for the objects that want them.
	WriteEndpoints bool
	// FollowReferences: checks may refer to Secrets and ConfigMaps, which takes the
	// right to list and watch these.
	FollowReferences bool
	// Registerer takes the metrics; nil: they are not exported.
	Registerer prometheus.Registerer
}

// Add adds the controller to the manager.
func Add(ctx context.Context, manager ctrl.Manager, o Options) error {
	if err := addIndexes(ctx, manager.GetFieldIndexer()); err != nil {
		return err
	}
	desk := newStatusQueue()
	recorder, err := newRecorder(ctx, manager, &desk.gate)
	if err != nil {
		return err
	}
	tracker := consistency.NewTracker()
	r := &Reconciler{
		cache:          manager.GetCache(),
		reader:         consistency.NewReader(manager.GetCache(), manager.GetAPIReader(), tracker),
		engine:         o.Engine,
		resolver:       o.Resolver,
		policy:         o.AddressPolicy,
		deniedName:     o.DeniedName,
		memories:       newMemories(),
		metrics:        newMetrics(o.Registerer),
		events:         emitter{recorder: recorder},
		statusQueue:    desk,
		limits:         newTargetLimits(o.MaxTargetsPerNamespace),
		requeue:        &requestSource{},
		minInterval:    o.MinInterval,
		writeEndpoints: o.WriteEndpoints,

		followReferences: o.FollowReferences,
	}
	r.writer = consistency.NewWriter(manager.GetClient(), tracker, o.Registerer, r.enqueueForeignWrite)
	building := ctrl.NewControllerManagedBy(manager).
		Named("externalservice").
		For(&v1alpha1.ExternalService{}, builder.WithPredicates(r.lookUpDeleted(), predicate.GenerationChangedPredicate{})).
		Watches(&v1alpha1.ExternalService{}, r.mapToClaimingServices(claimOf), builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Watches(&corev1.Service{}, r.mapToClaimingServices(serviceOf), r.ignoreOwnWrites()).
		Watches(&discoveryv1.EndpointSlice{}, r.mapToClaimingServices(serviceOf), r.ignoreOwnWrites()).
		Watches(&corev1.Endpoints{}, r.mapToClaimingServices(serviceOf), r.ignoreOwnWrites()).
		WatchesRawSource(o.EngineChanges).
		WatchesRawSource(r.requeue).
		WatchesRawSource(o.PolicyChanges.source(manager.GetCache())).
		WithOptions(controller.Options{
			MaxConcurrentReconciles: workers,
			RateLimiter:             workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](firstRetry, lastRetry),
		})
	if o.FollowReferences {
		building = building.
			Watches(&corev1.Secret{}, r.mapToReferencing(checks.KindSecret)).
			Watches(&corev1.ConfigMap{}, r.mapToReferencing(checks.KindConfigMap))
	}
	if err := building.Complete(r); err != nil {
		return fmt.Errorf("add the ExternalService controller: %w", err)
	}
	removing := ctrl.NewControllerManagedBy(manager).
		Named("externalservice-removals").
		WatchesRawSource(o.EngineChanges.Removals()).
		WithOptions(controller.Options{
			MaxConcurrentReconciles: workers,
			RateLimiter:             workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](firstRetry, lastRetry),
		})
	if err := removing.Complete(o.EngineChanges.taking(r)); err != nil {
		return fmt.Errorf("add the controller that takes hosts out: %w", err)
	}
	reporting := ctrl.NewControllerManagedBy(manager).
		Named("externalservice-status").
		WatchesRawSource(&r.statusQueue.wake).
		WithOptions(controller.Options{MaxConcurrentReconciles: statusWorkers})
	if err := reporting.Complete(newStatusReconciler(r)); err != nil {
		return fmt.Errorf("add the controller that tells of ExternalServices: %w", err)
	}
	return nil
}

func addIndexes(ctx context.Context, indexer client.FieldIndexer) error {
	if err := indexer.IndexField(ctx, &v1alpha1.ExternalService{}, claimIndex, claimOf); err != nil {
		return fmt.Errorf("index ExternalServices by Service: %w", err)
	}
	if err := indexer.IndexField(ctx, &v1alpha1.ExternalService{}, referenceIndex, referencesIn); err != nil {
		return fmt.Errorf("index ExternalServices by what they refer to: %w", err)
	}
	if err := indexer.IndexField(ctx, &discoveryv1.EndpointSlice{}, consistency.SliceServiceIndex, consistency.SliceService); err != nil {
		return fmt.Errorf("index EndpointSlices by Service: %w", err)
	}
	return nil
}

// serviceOf returns the names of the Services that an object belongs to: a Service, its
// Endpoints, or one of its slices.
func serviceOf(object client.Object) []string {
	if _, isSlice := object.(*discoveryv1.EndpointSlice); isSlice {
		return consistency.SliceService(object)
	}
	return []string{object.GetName()}
}

// mapToClaimingServices wakes every ExternalService that claims the Service which an object
// belongs to. After a tombstone the object is read from the API server: the list that it
// comes from may be incomplete, and the cache shows no more than that list.
func (r *Reconciler) mapToClaimingServices(services func(client.Object) []string) handler.EventHandler {
	find := r.indexed(claimIndex, services)
	mapped := handler.EnqueueRequestsFromMapFunc(find)
	return handler.Funcs{
		CreateFunc: mapped.Create, UpdateFunc: mapped.Update, GenericFunc: mapped.Generic,
		DeleteFunc: func(ctx context.Context, e event.DeleteEvent, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) {
			// What no ExternalService claims is never read, so that its mark would stay for ever.
			if e.DeleteStateUnknown && len(find(ctx, e.Object)) > 0 {
				r.writer.Invalidate(e.Object)
			}
			mapped.Delete(ctx, e, queue)
		},
	}
}

// mapToReferencing wakes every ExternalService that refers to an object of that kind.
func (r *Reconciler) mapToReferencing(kind string) handler.EventHandler {
	return handler.EnqueueRequestsFromMapFunc(r.indexed(referenceIndex, func(object client.Object) []string {
		return []string{checks.Reference{Kind: kind, Name: object.GetName()}.String()}
	}))
}

// indexed finds every ExternalService of an object's namespace that the index has
// under one of the object's values.
func (r *Reconciler) indexed(index string, values func(client.Object) []string) handler.MapFunc {
	return func(ctx context.Context, object client.Object) []reconcile.Request {
		var requests []reconcile.Request
		for _, value := range values(object) {
			var found v1alpha1.ExternalServiceList
			err := r.cache.List(ctx, &found, client.InNamespace(object.GetNamespace()),
				client.MatchingFields{index: value}, client.UnsafeDisableDeepCopy)
			if err != nil {
				// Only a stopped cache fails to list, and then nothing is reconciled either.
				ctrl.LoggerFrom(ctx).Error(err, "Cannot find whom an object concerns", "index", index, "value", value)
				continue
			}
			for i := range found.Items {
				requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&found.Items[i])})
			}
		}
		return requests
	}
}

// enqueueForeignWrite enqueues the claiming objects after an event that was held as our own write and is not.
func (r *Reconciler) enqueueForeignWrite(ctx context.Context, object client.Object) {
	for _, request := range r.indexed(claimIndex, serviceOf)(ctx, object) {
		r.requeue.enqueue(request, 0)
	}
}

// ignoreOwnWrites drops the announcement of our own writes.
func (r *Reconciler) ignoreOwnWrites() builder.WatchesOption {
	return builder.WithPredicates(r.ownWriteFilter())
}

// ownWriteFilter drops the events of our own writes. A tombstone always passes: it has the last
// known state of the object, so its resourceVersion may be that of our last write although
// another client deleted the object.
func (r *Reconciler) ownWriteFilter() predicate.Predicate {
	filter := predicate.NewPredicateFuncs(r.isForeignWrite)
	filter.DeleteFunc = func(e event.DeleteEvent) bool { return e.DeleteStateUnknown || r.isForeignWrite(e.Object) }
	return filter
}

// lookUpDeleted has an ExternalService with a tombstone read from the API server. If the
// list was incomplete, the object is still there, and its hosts must still be probed.
func (r *Reconciler) lookUpDeleted() predicate.Predicate {
	return predicate.Funcs{DeleteFunc: func(e event.DeleteEvent) bool {
		if e.DeleteStateUnknown {
			r.writer.Invalidate(e.Object)
		}
		return true
	}}
}

func (r *Reconciler) isForeignWrite(object client.Object) bool { return !r.writer.IsOwnWrite(object) }
