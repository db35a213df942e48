package engine

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/evidence"
	"github.com/external-endpoints/operator/probes/health"
	"github.com/external-endpoints/operator/probes/schedule"
)

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
