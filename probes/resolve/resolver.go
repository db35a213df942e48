package resolve

import (
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
	// Allow is the address policy: an error denies the address. It is asked whenever
	// a record is heard or read, and must not call the resolver; nil allows all.
	Allow func(netip.Addr) error
	// Changed is told the key of a name whose answer changed in a way that matters:
	// records, staleness, truncation, or that there is a first answer. It is called
	// without a lock held and must not block.
	Changed func(K)
	// Registerer takes the metrics; nil: they are not exported.
	Registerer prometheus.Registerer
}

// Resolver keeps names up to date for whoever wants them, each of whom has a key.
// Its methods may be called from any goroutine.
type Resolver[K comparable] struct {
	lookuper Lookuper
	allow    func(netip.Addr) error
	changed  func(K)
	wake     chan struct{}
	running  sync.WaitGroup

	mu     sync.Mutex
	keys   map[K]map[string]*entry[K]
	queues [lanes]schedule.Queue[*entry[K]]
	busy   [lanes]int // lookups that hold a slot
}

// entry is one name of one key.
type entry[K comparable] struct {
	key      K
	question Question
	state    State
	told     Answer
	inflight bool
	// again: the question changed while it was being asked.
	again bool
	item  schedule.Item[*entry[K]]
	lane  lane // in whose queue the item is, or was last
}

// New returns a resolver that keeps nothing yet. [Resolver.Run] makes it ask.
func New[K comparable](o Options[K]) *Resolver[K] {
	lookups := newMetrics()
	if o.Registerer != nil {
		o.Registerer.MustRegister(lookups)
	}
	return &Resolver[K]{
		lookuper: counted{o.Lookuper, lookups},
		allow:    o.Allow,
		changed:  o.Changed,
		wake:     make(chan struct{}, 1),
		keys:     map[K]map[string]*entry[K]{},
	}
}

// Apply makes these the questions of the key, in the place of those before. A name
// that is new is asked at once; one that both have keeps its records. A name that
// is there twice counts once, the first time.
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
		e.item.Value = e
		e.told = e.state.Answer(nil)
		after[q.Name] = e
		r.lockedSchedule(e)
	}
	for name, e := range before {
		if after[name] == nil {
			r.queues[e.lane].Remove(&e.item)
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

// Answers returns what the key's names mean now, by name as it was asked. The
// caller owns it. It is empty for a key without questions.
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

// Drop says that the caller has let go of these records: see [Kept.LetGoAt]. A
// record that is neither absent nor stale any more stays. Changed is not told.
func (r *Resolver[K]) Drop(key K, name string, records []Record) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e := r.keys[key][name]; e != nil {
		e.state = e.state.Drop(records)
		e.told.Records = slices.DeleteFunc(e.told.Records, func(k Kept) bool { return !e.state.holds(k.Record) })
	}
}

// lockedAdopt puts another question in the place of the entry's, if it is another.
func (r *Resolver[K]) lockedAdopt(e *entry[K], q Question) {
	if e.question.same(q) {
		return
	}
	e.question = q
	e.state = e.state.Adopt(q)
	if e.inflight {
		e.again = true
		return
	}
	r.lockedSchedule(e)
}

// lockedSchedule queues the entry for when it is due, and wakes Run to look.
func (r *Resolver[K]) lockedSchedule(e *entry[K]) {
	r.queues[e.lane].Remove(&e.item)
	e.lane = laneOf(e.state)
	due := e.state.Due()
	if due.IsZero() {
		due = time.Now()
	}
	r.queues[e.lane].Schedule(&e.item, due)
	r.wakeUp()
}

func (r *Resolver[K]) wakeUp() {
	select {
	case r.wake <- struct{}{}:
	default: // Run has been woken already
	}
}
