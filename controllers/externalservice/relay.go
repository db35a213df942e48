package externalservice

import (
	"context"
	"sync"
	"time"

	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// relay is a controller's source for what the other one has for it.
type relay struct {
	mu    sync.Mutex
	queue workqueue.TypedRateLimitingInterface[reconcile.Request]
	// early are the requests from before there was a queue: controllers start in any order.
	early []reconcile.Request
}

// Start implements the controller-runtime source: it takes the queue.
func (r *relay) Start(_ context.Context, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, request := range r.early {
		queue.Add(request)
	}
	r.queue, r.early = queue, nil
	return nil
}

// add queues a request when the time is over.
func (r *relay) add(request reconcile.Request, after time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.queue == nil {
		r.early = append(r.early, request)
		return
	}
	r.queue.AddAfter(request, after)
}
