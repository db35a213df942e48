package resolve

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/external-endpoints/operator/probes/schedule"
)

// Options are what a [Resolver] needs. Lookuper and Changed are required.
type Options[K comparable] struct {
	Lookuper Lookuper
	// Allow is the address policy: an error denies the address. It is called whenever a record is
	// received or read, and must not call the resolver; nil allows all.
	Allow func(netip.Addr) error
	// Namespace names the namespace of a key: lookups are shared between namespaces
	// first, then between keys. nil: all keys are in one.
	Namespace func(K) string
	// Changed is called with the key of a name whose answer changed in a way that matters:
	// records, staleness, truncation, or the first answer. It is called without a lock held and
	// must not block.
	Changed func(K)
	// Registerer takes the metrics; nil: they are not exported.
	Registerer prometheus.Registerer
}

// Resolver keeps names up to date for callers, each of which has a key. Its methods may be called
// from any goroutine.
type Resolver[K comparable] struct {
	lookuper Lookuper
	allow    func(netip.Addr) error
	changed  func(K)
	// namespace is that of a key.
	namespace func(K) string
	wake      chan struct{}
	running   sync.WaitGroup

	mu    sync.Mutex
	keys  map[K]map[string]*entry[K]
	queue schedule.Queue[*task[K]] // of those that are not due
	pools [poolKinds]pool[K]       // of those that are due, or in flight
}

// entry is one name of one key.
type entry[K comparable] struct {
	key      K
	question Question
	state    State
	told     Answer
	tasks    []*task[K]
}

// task is what one round looks up for a name: the records of one family, so that neither waits for
// the other, or all of an SRV name.
type task[K comparable] struct {
	entry     *entry[K]
	namespace string
	families  []Family
	weight    int
	inflight  bool
	cancel    context.CancelFunc // of the lookup in flight
	// again: the question changed while its lookup was in flight.
	again bool
	// evicted: the lookup was ended because it took long, and says nothing.
	evicted bool
	// dropped: the question has no caller any more.
	dropped bool
	item    schedule.Item[*task[K]]
	lane    poolKind // in which it waits or is in flight
}

// New returns a resolver without records. [Resolver.Run] starts the lookups.
func New[K comparable](o Options[K]) *Resolver[K] {
	lookups := newMetrics()
	if o.Registerer != nil {
		o.Registerer.MustRegister(lookups)
	}
	r := &Resolver[K]{
		lookuper:  counted{o.Lookuper, lookups},
		allow:     o.Allow,
		changed:   o.Changed,
		namespace: o.Namespace,
		wake:      make(chan struct{}, 1),
		keys:      map[K]map[string]*entry[K]{},
	}
	if r.namespace == nil {
		r.namespace = func(K) string { return "" }
	}
	for l := range r.pools {
		r.pools[l] = newPool[K](capacity[l])
	}
	return r
}

// Apply replaces the questions of the key. A new name is looked up at once; a name in both sets
// keeps its records. Of a duplicate name only the first question counts.
func (r *Resolver[K]) Apply(key K, questions []Question) {
	r.mu.Lock()
	defer r.mu.Unlock()
	before := r.keys[key]
	after := make(map[string]*entry[K], len(questions))
	for _, q := range questions {
		if after[q.Name] != nil {
			continue
		}
		if e := before[q.Name]; e != nil {
			after[q.Name] = e
			r.lockedAdopt(e, q)
			continue
		}
		e := &entry[K]{key: key, question: q, state: Remember(q)}
		e.told = e.state.Answer(nil)
		after[q.Name] = e
		r.lockedPlan(e)
	}
	for name, e := range before {
		if after[name] == nil {
			for _, t := range e.tasks {
				r.lockedDrop(t)
			}
		}
	}
	if len(after) == 0 {
		delete(r.keys, key)
		return
	}
	r.keys[key] = after
}

// Forget ends what is kept for the key.
func (r *Resolver[K]) Forget(key K) { r.Apply(key, nil) }

// Answers returns what the key's names resolve to, by name as in the question. The caller owns it.
// It is empty for a key without questions.
func (r *Resolver[K]) Answers(key K) map[string]Answer {
	r.mu.Lock()
	states := make(map[string]State, len(r.keys[key]))
	for name, e := range r.keys[key] {
		states[name] = e.state
	}
	r.mu.Unlock()

	answers := make(map[string]Answer, len(states))
	for name, state := range states {
		answers[name] = state.Answer(r.allow)
	}
	return answers
}

// Drop removes expired records: see [TrackedRecord.ExpiresAt]. A record that is neither absent nor
// stale any more stays. Changed is not called.
func (r *Resolver[K]) Drop(key K, name string, records []Record) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e := r.keys[key][name]; e != nil {
		e.state = e.state.DropRecords(records)
		e.told.Records = slices.DeleteFunc(e.told.Records, func(k TrackedRecord) bool { return !e.state.holds(k.Record) })
	}
}

// lockedAdopt puts another question in the place of the entry's, if it is another.
func (r *Resolver[K]) lockedAdopt(e *entry[K], q Question) {
	if e.question.same(q) {
		return
	}
	e.question = q
	e.state = e.state.Adopt(q)
	r.lockedPlan(e)
}

// lockedPlan makes the tasks of the entry those of its question, each due at once.
func (r *Resolver[K]) lockedPlan(e *entry[K]) {
	before := e.tasks
	e.tasks = nil
	for _, families := range e.question.rounds() {
		same := func(t *task[K]) bool { return slices.Equal(t.families, families) }
		t := &task[K]{entry: e, namespace: r.namespace(e.key), families: families, weight: weight(e.question)}
		if i := slices.IndexFunc(before, same); i >= 0 {
			t = before[i]
			before = slices.Delete(before, i, i+1)
		}
		t.item.Value = t
		e.tasks = append(e.tasks, t)
		if t.inflight {
			t.again = true
			continue
		}
		r.lockedSchedule(t)
	}
	for _, t := range before {
		r.lockedDrop(t)
	}
}

// lockedDrop ends the lookups of the task.
func (r *Resolver[K]) lockedDrop(t *task[K]) {
	t.dropped = true
	if t.inflight {
		t.cancel()
		return
	}
	r.queue.Remove(&t.item)
	r.pools[t.lane].remove(t)
}

// lockedSchedule queues the task for when it is due, and wakes Run to look.
func (r *Resolver[K]) lockedSchedule(t *task[K]) {
	r.pools[t.lane].remove(t)
	due := t.entry.state.dueOf(t.families)
	if due.IsZero() || t.evicted {
		due = time.Now()
	}
	r.queue.Schedule(&t.item, due)
	r.wakeUp()
}

func (r *Resolver[K]) wakeUp() {
	select {
	case r.wake <- struct{}{}:
	default: // Run has been woken already
	}
}
