package engine

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/evidence"
	"github.com/external-endpoints/operator/probes/health"
	"github.com/external-endpoints/operator/probes/schedule"
)

const (
	// maxStall is how long there may be no progress while work is pending.
	maxStall = 30 * time.Second
	// maxStep limits the stall that one check adds. When a stopped process or suspended node continues,
	// all targets are overdue, and by the clock it has stalled for an hour. So several checks in a
	// row without progress are required.
	maxStep = 10 * time.Second
)

// stallDetector measures how long a loop has made no progress. Each check adds the time since the check
// before, up to maxStep.
type stallDetector struct {
	progress uint64
	looked   time.Time
	lasted   time.Duration
}

// check takes whether work is pending, and a counter of progress. It returns for how long there has
// been no progress.
func (s *stallDetector) check(now time.Time, pending bool, progress uint64) time.Duration {
	if !pending || progress != s.progress || s.looked.IsZero() {
		s.lasted = 0
	} else {
		s.lasted += min(max(now.Sub(s.looked), 0), maxStep)
	}
	s.looked, s.progress = now, progress
	return s.lasted
}

// Looper is a Runner with an event loop of its own, which drives the probes in flight.
type Looper interface {
	Runner
	// Passes reports whether the loop has pending work, and its number of passes.
	Passes() (busy bool, passes uint64)
}

// liveness is the state of the stall detectors.
type liveness struct {
	mu           sync.Mutex
	engine, loop stallDetector
}

// Alive returns an error when targets are due and none has been probed for 30 s, or when a loop that
// probes depend on has not passed for so long. Such an engine does not recover: the process must
// be started again, so that another copy can take the lease. It must be called every few seconds;
// each call accounts for 10 s at most.
func (e *Engine) Alive() error {
	now := time.Now()
	pending, starts := e.pendingStarts(now)
	busy, passes := false, uint64(0)
	if looper, ok := e.runner.(Looper); ok {
		busy, passes = looper.Passes()
	}
	l := &e.liveness
	l.mu.Lock()
	defer l.mu.Unlock()
	if lasted := l.engine.check(now, pending, starts); lasted >= maxStall {
		return fmt.Errorf("targets are due and none has been probed for %s", lasted.Truncate(time.Second))
	}
	if lasted := l.loop.check(now, busy, passes); lasted >= maxStall {
		return fmt.Errorf("the event loop of running probes has not passed for %s", lasted.Truncate(time.Second))
	}
	return nil
}

// pendingStarts reports whether a target is due that is not in the backlog, and how many probes have
// started. Throttled targets are in the backlog: they are no stall.
func (e *Engine) pendingStarts(now time.Time) (pending bool, starts uint64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.probing && e.queue.due(now), e.starts
}

// changes are the groups to report to the observer, each once.
type changes []change

type change struct {
	key Key
	// loss: a host may be removed, and not only added.
	loss bool
}

// losses are changes that may remove hosts.
func losses(keys []Key) changes {
	all := make(changes, len(keys))
	for i, key := range keys {
		all[i] = change{key, true}
	}
	return all
}

func (c *changes) add(added change) {
	if i := slices.IndexFunc(*c, func(other change) bool { return other.key == added.key }); i >= 0 {
		(*c)[i].loss = (*c)[i].loss || added.loss
		return
	}
	*c = append(*c, added)
}

func (e *Engine) notify(all changes) {
	for _, c := range all {
		if c.loss {
			e.observer.Lost(c.key)
		} else {
			e.observer.Changed(c.key)
		}
	}
}

// Observer is notified of changes. Its methods are called without any lock held, from the
// goroutine that made the change; they must not block.
type Observer interface {
	// Changed: a verdict of the group, or the evidence for it, has changed in a way that may change the
	// published hosts.
	Changed(Key)
	// Lost: as Changed, and a host may have to be removed. A change that is reported to Lost is
	// not reported to Changed.
	Lost(Key)
	// Broken: a probe could not be carried out (a prober error). It changes no verdict.
	Broken(error)
}

// Options configure an Engine. Compile, Runner and Observer are required.
type Options struct {
	// Compile returns the prober of a check.
	Compile  func(probes.Check) (probes.Prober, error)
	Runner   Runner
	Observer Observer
	// MaxProbesPerSecond is the rate limit of all probes; 0: none.
	MaxProbesPerSecond int
	// MaxProbesInFlight limits the probes in flight; 0: no limit. Each namespace gets a share of it.
	MaxProbesInFlight int
	// MaxHostSeries limits the host_up series of one scrape; 0: none are exported.
	MaxHostSeries int
	// Registerer registers the metrics; nil: they are not exported.
	Registerer prometheus.Registerer
}

// Engine probes groups of hosts. Its methods are safe for concurrent use.
type Engine struct {
	compile  func(probes.Check) (probes.Prober, error)
	runner   Runner
	observer Observer
	metrics  *metrics
	wake     chan struct{}
	running  sync.WaitGroup
	liveness liveness

	mu      sync.Mutex
	origin  time.Time
	groups  map[Key]*group
	targets map[targetID]*target
	checks  map[probes.CheckKey]*compiled
	queue   queues
	spread  schedule.Spread
	pacer   schedule.Pacer
	// heldUntil is the end of the latest throttling: a throttled probe is not late.
	heldUntil time.Time
	// wakeAt is when Run reads the queue again.
	wakeAt time.Time
	// probing: Run is running. starts counts the started probes.
	probing     bool
	starts      uint64
	inflight    int
	maxInflight int
	tenants     map[string]*tenant
	starting    []*inflightProbe // by the latest pass; a buffer
	freeList    []*inflightProbe

	// paced is when MaxProbesPerSecond throttled a probe last.
	paced time.Time
	// delayed are the groups that a limit delays by more than their interval; notices are the pending
	// notifications about them.
	delayed        map[*group]*delayed
	notices        changes
	checkBacklogAt time.Time

	fleet *evidence.Fleet
	paces paces
}

// New returns an engine without groups. [Engine.Run] starts the probes.
func New(o Options) *Engine {
	e := &Engine{
		compile:  o.Compile,
		runner:   o.Runner,
		observer: o.Observer,
		metrics:  newMetrics(),
		wake:     make(chan struct{}, 1),
		origin:   time.Now(),
		groups:   map[Key]*group{},
		targets:  map[targetID]*target{},
		checks:   map[probes.CheckKey]*compiled{},
		fleet:    evidence.NewFleet(time.Now()),
		paces:    paces{},
		pacer:    schedule.NewPacer(o.MaxProbesPerSecond),
		queue:    newQueues(),
		tenants:  map[string]*tenant{},
		delayed:  map[*group]*delayed{},

		maxInflight: o.MaxProbesInFlight,
	}
	if o.Registerer != nil {
		e.metrics.register(o.Registerer, collector{engine: e, mostHosts: o.MaxHostSeries})
	}
	return e
}

// Verdicts returns a copy of the verdicts on the group's members; nil: the group has no plan.
func (e *Engine) Verdicts(key Key) map[MemberID]health.Verdict {
	e.mu.Lock()
	defer e.mu.Unlock()
	g := e.groups[key]
	if g == nil {
		return nil
	}
	verdicts := make(map[MemberID]health.Verdict, g.Size())
	for m := range g.Members() {
		verdicts[m.ID] = m.Verdict()
	}
	return verdicts
}

// Network returns the state of the prober's own network for the group.
func (e *Engine) Network(key Key) health.Network {
	e.mu.Lock()
	defer e.mu.Unlock()
	if g := e.groups[key]; g != nil {
		return e.fleet.Network(&g.Group)
	}
	return e.fleet.Network(nil)
}

// Run probes until ctx ends, and returns when the last probe has ended.
func (e *Engine) Run(ctx context.Context) error {
	e.setProbing(true)
	defer e.setProbing(false)
	defer e.running.Wait()
	alarm := time.AfterFunc(idle, e.wakeUp)
	defer alarm.Stop()
	for {
		e.startDue(ctx, alarm)
		select {
		case <-ctx.Done():
			return nil
		case <-e.wake:
		}
	}
}

func (e *Engine) setProbing(probing bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.probing = probing
}

func (e *Engine) wakeUp() {
	select {
	case e.wake <- struct{}{}:
	default: // a wake-up is pending
	}
}

// lockedPlan schedules the target at due, and wakes Run if it would sleep longer. To wake it at the end
// of every probe would cost a sixth of the engine's CPU.
func (e *Engine) lockedPlan(t *target, due time.Time) {
	urgent := t.outOfTurn(e.origin, due, len(e.targets))
	due = schedule.SlotAt(e.origin, due, len(e.targets))
	e.queue.schedule(t, due, urgent)
	if due.Before(e.wakeAt) {
		e.wakeUp()
	}
}
