package externalservice

import (
	"crypto/sha256"
	"sync"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// tidings are what is left of a reconcile when the traffic goes where it should: what
// nobody's traffic waits for.
type tidings struct {
	facts    facts
	memory   *memory
	verdicts verdicts
	report   report
	copies   copies
}

// copies are writes that repeat in Endpoints what the slices say.
type copies struct {
	changes
	// content is what both say then.
	content [sha256.Size]byte
}

// desk has the tidings between who reconciles and who tells, the latest of each object
// only: what was not told when the next ones come is told with them.
type desk struct {
	turns turns
	// traffic goes first.
	traffic precedence
	// wake has them told.
	wake relay
	// retries are the delays after which objects are reconciled again because they could
	// not be told of. They end with the object.
	retries workqueue.TypedRateLimiter[reconcile.Request]

	mu      sync.Mutex
	waiting map[types.NamespacedName]tidings
}

func newDesk() *desk {
	return &desk{
		turns: turns{taken: map[types.NamespacedName]*turn{}}, waiting: map[types.NamespacedName]tidings{},
		retries: workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](firstRetry, lastRetry),
	}
}

// put leaves tidings in place of those before, and has them told in their turn: that of
// the first that was not told, so that an object that never rests is told of as well.
func (d *desk) put(t tidings) {
	name := client.ObjectKeyFromObject(t.facts.object)
	d.mu.Lock()
	d.waiting[name] = t
	d.mu.Unlock()
	d.wake.add(reconcile.Request{NamespacedName: name}, 0)
}

// take returns the object's tidings, if there are any, and leaves none.
func (d *desk) take(name types.NamespacedName) (tidings, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	t, found := d.waiting[name]
	delete(d.waiting, name)
	return t, found
}
