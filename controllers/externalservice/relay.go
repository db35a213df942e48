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
}

// Start implements the controller-runtime source: it takes the queue.
func (r *relay) Start(_ context.Context, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.queue = queue
	return nil
}

// add queues a request when the time is over. Before [relay.Start] it is dropped, for
// then no controller has done anything yet.
func (r *relay) add(request reconcile.Request, after time.Duration) {
	r.mu.Lock()
	queue := r.queue
	r.mu.Unlock()
	if queue != nil {
		queue.AddAfter(request, after)
	}
}
