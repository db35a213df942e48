package externalservice

import (
	"context"

	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/external-endpoints/operator/api/v1alpha1"
)

// Bell wakes every ExternalService, when something changed that any of them may
// depend on, such as the address policy.
type Bell struct{ rung chan event.GenericEvent }

// NewBell returns a Bell for [Options].
func NewBell() *Bell { return &Bell{rung: make(chan event.GenericEvent, 1)} }

// Ring wakes all. It never blocks: a bell that nobody has heard yet need not be
// rung again, and a copy that does not lead reconciles everything once it does.
func (b *Bell) Ring() {
	select {
	case b.rung <- event.GenericEvent{}:
	default:
	}
}

// source wakes the controller's queue.
func (b *Bell) source(cache client.Reader) source.Source {
	return source.Channel(b.rung, handler.Funcs{
		GenericFunc: func(ctx context.Context, _ event.GenericEvent, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) {
			var all v1alpha1.ExternalServiceList
			if err := cache.List(ctx, &all, client.UnsafeDisableDeepCopy); err != nil {
				// Only a stopped cache fails to list, and then nobody reconciles either.
				ctrl.LoggerFrom(ctx).Error(err, "Cannot find whom to wake")
				return
			}
			for i := range all.Items {
				addLast(queue, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&all.Items[i])})
			}
		},
	})
}

// addLast adds a request after those that are about one object: a failover does
// not wait until everybody else has looked whether something concerns them.
func addLast(queue workqueue.TypedRateLimitingInterface[reconcile.Request], request reconcile.Request) {
	if ordered, ok := queue.(priorityqueue.PriorityQueue[reconcile.Request]); ok {
		ordered.AddWithOpts(priorityqueue.AddOpts{Priority: new(handler.LowPriority)}, request)
		return
	}
	queue.Add(request)
}
