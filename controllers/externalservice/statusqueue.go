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

// statusUpdate are what is left of a reconcile when the traffic goes where it should: what
// nobody's traffic waits for.
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

// statusQueue has the tidings between who reconciles and who tells, the latest of each object
// only: what was not told when the next ones come is told with them.
type statusQueue struct {
	mutex keyedMutex
	// gate goes first.
	gate writeGate
	// wake has them told.
	wake relay
	// retries are the delays after which objects are reconciled again because they could
	// not be told of. They end with the object.
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

// Set leaves tidings in place of those before, and has them told in their turn: that of
// the first that was not told, so that an object that never rests is told of as well.
func (d *statusQueue) Set(t statusUpdate) {
	name := client.ObjectKeyFromObject(t.facts.Object)
	d.mu.Lock()
	d.pending[name] = t
	d.mu.Unlock()
	d.wake.add(reconcile.Request{NamespacedName: name}, 0)
}

// Pop returns the object's tidings, if there are any, and leaves none.
func (d *statusQueue) Pop(name types.NamespacedName) (statusUpdate, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	t, found := d.pending[name]
	delete(d.pending, name)
	return t, found
}
