package externalservice

import (
	"crypto/sha256"
	"sync"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/external-endpoints/operator/controllers/internal/desired"
	"github.com/external-endpoints/operator/controllers/internal/facts"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/controllers/internal/status"
)

// statusUpdate is what a reconcile leaves for the status reconciler: writes that no traffic
// depends on.
type statusUpdate struct {
	facts     facts.Facts
	memory    *memory
	verdicts  hosts.Verdicts
	report    status.Report
	endpoints endpointsUpdate
}

// endpointsUpdate are writes that repeat in Endpoints what the slices say.
type endpointsUpdate struct {
	desired.Changes
	// content is what both say then.
	content [sha256.Size]byte
}

// statusQueue holds the latest status update of each object between the two reconcilers. A newer
// update replaces a pending one.
type statusQueue struct {
	mutex keyedMutex
	// gate goes first.
	gate writeGate
	// wake enqueues the object for the status reconciler.
	wake requestSource
	// retries is the back-off of objects that are requeued because their status could not be
	// written. It ends with the object.
	retries workqueue.TypedRateLimiter[reconcile.Request]

	mu      sync.Mutex
	pending map[types.NamespacedName]statusUpdate
}

func newStatusQueue() *statusQueue {
	return &statusQueue{
		mutex: keyedMutex{locks: map[types.NamespacedName]*lock{}}, pending: map[types.NamespacedName]statusUpdate{},
		retries: workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](firstRetry, lastRetry),
	}
}

// Set replaces the object's pending update and enqueues the object. The place in the queue is
// that of the first pending update, so that an object that changes all the time is not starved.
func (d *statusQueue) Set(t statusUpdate) {
	name := client.ObjectKeyFromObject(t.facts.Object)
	d.mu.Lock()
	d.pending[name] = t
	d.mu.Unlock()
	d.wake.enqueue(reconcile.Request{NamespacedName: name}, 0)
}

// Pop removes and returns the object's pending update, if there is one.
func (d *statusQueue) Pop(name types.NamespacedName) (statusUpdate, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	t, found := d.pending[name]
	delete(d.pending, name)
	return t, found
}
