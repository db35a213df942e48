package externalservice

import (
	"context"
	"sync"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/external-endpoints/operator/probes/engine"
)

// coalesce is the time within which further transitions of one object wait to go
// out in one write. The first is never delayed.
const coalesce = 20 * time.Millisecond

// brokenLogInterval is how often a broken prober is logged at most: it is broken
// for every target at once.
const brokenLogInterval = time.Minute

// Waker brings what the engine notices into the controller's work queue. It is
// the engine's observer and the controller's source.
type Waker struct {
	logger logr.Logger

	mu    sync.Mutex
	queue workqueue.TypedRateLimitingInterface[reconcile.Request]
	// woken is when each object was last woken, or is about to be.
	woken    map[engine.Key]time.Time
	reported time.Time
}

// NewWaker returns a Waker that drops what it is told until [Waker.Start].
func NewWaker(logger logr.Logger) *Waker {
	return &Waker{logger: logger, woken: map[engine.Key]time.Time{}}
}

// Start implements the controller-runtime source: it takes the queue to wake.
func (w *Waker) Start(_ context.Context, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.queue = queue
	return nil
}

// Changed implements engine.Observer.
func (w *Waker) Changed(key engine.Key) {
	request := reconcile.Request{NamespacedName: types.NamespacedName{Namespace: key.Namespace, Name: key.Name}}
	queue, wait := w.pace(key, time.Now())
	if queue != nil {
		queue.AddAfter(request, wait)
	}
}

// pace returns the queue, and how long the object's next reconcile has to wait.
func (w *Waker) pace(key engine.Key, now time.Time) (workqueue.TypedRateLimitingInterface[reconcile.Request], time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	last := w.woken[key]
	switch {
	case last.After(now): // on its way already
	case now.Sub(last) < coalesce:
		w.woken[key] = last.Add(coalesce)
	default:
		w.woken[key] = now
		w.prune(now)
	}
	return w.queue, max(w.woken[key].Sub(now), 0)
}

// prune drops objects that have been quiet, so that the map holds only those
// that are changing right now.
func (w *Waker) prune(now time.Time) {
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
func (w *Waker) Broken(err error) {
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
