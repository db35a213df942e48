package externalservice

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/probes/engine"
)

// BroadcastSource wakes every ExternalService, when something changed that any of them may
// depend on, such as the address policy.
type BroadcastSource struct{ rung chan event.GenericEvent }

// NewBroadcastSource returns a BroadcastSource for [Options].
func NewBroadcastSource() *BroadcastSource {
	return &BroadcastSource{rung: make(chan event.GenericEvent, 1)}
}

// EnqueueAll enqueues all objects. It never blocks: a pending signal need not be repeated, and a
// replica that is not the leader reconciles everything once it is.
func (b *BroadcastSource) EnqueueAll() {
	select {
	case b.rung <- event.GenericEvent{}:
	default:
	}
}

// source wakes the controller's queue.
func (b *BroadcastSource) source(cache client.Reader) source.Source {
	return source.Channel(b.rung, handler.Funcs{
		GenericFunc: func(ctx context.Context, _ event.GenericEvent, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) {
			var all v1alpha1.ExternalServiceList
			if err := cache.List(ctx, &all, client.UnsafeDisableDeepCopy); err != nil {
				// Only a stopped cache fails to list, and then nothing is reconciled either.
				ctrl.LoggerFrom(ctx).Error(err, "Cannot find whom to wake")
				return
			}
			for i := range all.Items {
				addLast(queue, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&all.Items[i])})
			}
		},
	})
}

// addLast enqueues a request with a low priority: a failover must not wait until all objects
// have been checked against new cluster ranges.
func addLast(queue workqueue.TypedRateLimitingInterface[reconcile.Request], request reconcile.Request) {
	if ordered, ok := queue.(priorityqueue.PriorityQueue[reconcile.Request]); ok {
		ordered.AddWithOpts(priorityqueue.AddOpts{Priority: new(handler.LowPriority)}, request)
		return
	}
	queue.Add(request)
}

// requestSource is a controller's source for what the other one has for it.
type requestSource struct {
	mu    sync.Mutex
	queue workqueue.TypedRateLimitingInterface[reconcile.Request]
	// pending are the requests from before there was a queue: controllers start in any order.
	pending []reconcile.Request
}

// Start implements the controller-runtime source: it takes the queue.
func (r *requestSource) Start(_ context.Context, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, request := range r.pending {
		queue.Add(request)
	}
	r.queue, r.pending = queue, nil
	return nil
}

// enqueue queues a request when the time is over.
func (r *requestSource) enqueue(request reconcile.Request, after time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.queue == nil {
		r.pending = append(r.pending, request)
		return
	}
	r.queue.AddAfter(request, after)
}

// coalesce is the time within which further transitions of one object wait to go
// out in one write. The first is never delayed.
const coalesce = 20 * time.Millisecond

// The priorities in the work queue. An object that may lose a host has the highest one. One that
// may gain a host has the priority of every change by a user.
const (
	priorityAdd    = 0
	priorityRemove = 1
)

// brokenLogInterval is how often a broken prober is logged at most: it is broken
// for every target at once.
const brokenLogInterval = time.Minute

// EngineSource brings what the engine notices into the controller's work queue. It is
// the engine's observer and the controller's source.
type EngineSource struct {
	logger logr.Logger

	mu sync.Mutex
	// losses is the queue of the objects from which a host may have to go; nil: its
	// controller has not started.
	queue, losses prioritized
	// lossOrder has namespaces take turns in losses.
	lossOrder fairOrder
	// woken is when each object was last woken, or is about to be.
	woken    map[engine.Key]time.Time
	reported time.Time
}

// prioritized is what an EngineSource needs of a work queue.
type prioritized interface {
	AddWithOpts(priorityqueue.AddOpts, ...reconcile.Request)
}

// NewEngineSource returns an EngineSource that drops notifications until [EngineSource.Start].
func NewEngineSource(logger logr.Logger) *EngineSource {
	return &EngineSource{logger: logger, woken: map[engine.Key]time.Time{}, lossOrder: newFairOrder()}
}

// Start implements the controller-runtime source: it takes the queue to wake, which must
// be a [priorityqueue.PriorityQueue].
func (w *EngineSource) Start(_ context.Context, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) error {
	return w.take(queue, &w.queue)
}

// Removals is the source of a second controller, with workers of its own. A priority orders
// one queue, but interrupts no reconcile: while big objects are written, all workers of
// the first controller may be busy. Namespaces take turns in its queue.
func (w *EngineSource) Removals() source.Source {
	return source.Func(func(_ context.Context, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) error {
		return w.take(queue, &w.losses)
	})
}

func (w *EngineSource) take(queue workqueue.TypedRateLimitingInterface[reconcile.Request], into *prioritized) error {
	withPriorities, is := queue.(prioritized)
	if !is {
		return fmt.Errorf("the work queue must be one with priorities, and is a %T", queue)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	*into = withPriorities
	return nil
}

// Changed implements engine.Observer.
func (w *EngineSource) Changed(key engine.Key) { w.wake(key, priorityAdd) }

// Lost implements engine.Observer.
func (w *EngineSource) Lost(key engine.Key) { w.wake(key, priorityRemove) }

func (w *EngineSource) wake(key engine.Key, priority int) {
	request := reconcile.Request{NamespacedName: types.NamespacedName{Namespace: key.Namespace, Name: key.Name}}
	queue, o := w.plan(request, priority, time.Now())
	if queue != nil {
		queue.AddWithOpts(o, request)
	}
}

// plan returns the queue, how long the object's next reconcile has to wait, and its place among
// others.
func (w *EngineSource) plan(request reconcile.Request, priority int, now time.Time) (prioritized, priorityqueue.AddOpts) {
	w.mu.Lock()
	defer w.mu.Unlock()
	queue := w.queue
	if priority == priorityRemove && w.losses != nil {
		queue = w.losses
		priority -= w.lossOrder.add(request.NamespacedName)
	}
	key := engine.Key{Namespace: request.Namespace, Name: request.Name}
	return queue, priorityqueue.AddOpts{After: w.lockedPace(key, now), Priority: &priority}
}

// taking returns the reconciler of [EngineSource.Removals].
func (w *EngineSource) taking(next reconcile.Reconciler) reconcile.Reconciler {
	return reconcile.Func(func(ctx context.Context, request reconcile.Request) (reconcile.Result, error) {
		w.mu.Lock()
		w.lossOrder.take(request.NamespacedName)
		w.mu.Unlock()
		return next.Reconcile(ctx, request)
	})
}

// lockedPace returns how long the object's next reconcile has to wait.
func (w *EngineSource) lockedPace(key engine.Key, now time.Time) time.Duration {
	last := w.woken[key]
	switch {
	case last.After(now): // on its way already
	case now.Sub(last) < coalesce:
		w.woken[key] = last.Add(coalesce)
	default:
		w.woken[key] = now
		w.prune(now)
	}
	return max(w.woken[key].Sub(now), 0)
}

// prune drops objects that have been quiet, so that the map holds only those
// that are changing right now.
func (w *EngineSource) prune(now time.Time) {
	const crowd = 1024
	if len(w.woken) < crowd {
		return
	}
	for key, at := range w.woken {
		if now.Sub(at) > coalesce {
			delete(w.woken, key)
		}
	}
}

// Broken implements engine.Observer.
func (w *EngineSource) Broken(err error) {
	w.mu.Lock()
	now := time.Now()
	due := now.Sub(w.reported) >= brokenLogInterval
	if due {
		w.reported = now
	}
	w.mu.Unlock()
	if due {
		w.logger.Error(err, "A probe could not be carried out, no verdict was changed by it")
	}
}

// fairOrder gives the requests of a work queue priorities by which namespaces take turns
// (start-time fair queueing). However many objects of one namespace wait, the request of
// another one has at most one of each namespace before it. At rest it holds nothing.
type fairOrder struct {
	// turn is that of the latest request that a worker has taken.
	turn int
	// next is by namespace the earliest turn of its next request.
	next map[string]int
	// waiting are the turns of the requests in the queue.
	waiting map[types.NamespacedName]int
}

func newFairOrder() fairOrder {
	return fairOrder{next: map[string]int{}, waiting: map[types.NamespacedName]int{}}
}

// add returns how much lower than that of a lone request the priority must be. A request
// that is in the queue already keeps its turn.
func (o *fairOrder) add(key types.NamespacedName) (lower int) {
	turn, waits := o.waiting[key]
	if !waits {
		turn = max(o.turn, o.next[key.Namespace])
		o.waiting[key], o.next[key.Namespace] = turn, turn+1
	}
	return turn
}

// take notes that a worker has taken the request out of the queue.
func (o *fairOrder) take(key types.NamespacedName) {
	turn, waits := o.waiting[key]
	if !waits {
		return // a retry keeps the priority that it had
	}
	delete(o.waiting, key)
	o.turn = max(o.turn, turn)
	if len(o.waiting) == 0 {
		o.turn = 0
		clear(o.next)
	}
}
