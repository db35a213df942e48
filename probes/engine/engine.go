package engine

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/health"
	"github.com/external-endpoints/operator/probes/schedule"
)

// Observer is told what happens. Its methods are called without any lock held,
// from the goroutine that noticed; they must not block.
type Observer interface {
	// Changed: the verdicts of the group, or what they rest on, changed in a way
	// that matters to what is published.
	Changed(Key)
	// Lost: so did they, and it may be that a host goes out. What is told to Lost is not
	// told to Changed.
	Lost(Key)
	// Broken: a probe could not be carried out. No verdict was changed by it.
	Broken(error)
}

// Options are what an Engine needs. Compile, Runner and Observer are required.
type Options struct {
	// Compile makes a check runnable.
	Compile  func(probes.Check) (probes.Prober, error)
	Runner   Runner
	Observer Observer
	// MaxProbesPerSecond bounds the starts of all targets together; 0: no bound.
	MaxProbesPerSecond int
	// MaxProbesInFlight bounds the probes that run at the same time; 0: no bound. Each namespace
	// gets a share of it.
	MaxProbesInFlight int
	// MaxHostSeries bounds the host_up series in one scrape; 0: none are exported.
	MaxHostSeries int
	// Registerer takes the metrics; nil: they are not exported.
	Registerer prometheus.Registerer
}

// Engine watches groups of hosts. Its methods may be called from any goroutine.
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
	// heldUntil is until when a bound has held back what was due: a start delayed on
	// purpose is not late.
	heldUntil time.Time
	// wakeAt is when Run looks at the queue again.
	wakeAt time.Time
	// probing: Run runs. starts counts the probes that it has started.
	probing     bool
	starts      uint64
	inflight    int
	maxInflight int
	tenants     map[string]*tenant
	leaving     []*flight // of the latest pass; the memory is used again
	landed      []*flight // to be used again

	// paced is when MaxProbesPerSecond held a probe back last.
	paced time.Time
	// delayed are the groups that a limit delays by more than their interval, notices those of
	// which that has begun or ended.
	delayed        map[*group]*delayed
	notices        changes
	checkBacklogAt time.Time

	horizon   horizon
	isolation isolation
	// listening are groups that wait for evidence from elsewhere, by when the earliest
	// failure was seen that they wait for.
	listening map[*group]time.Time
	paces     paces
}

// New returns an engine that watches nothing yet. [Engine.Run] makes it probe.
func New(o Options) *Engine {
	e := &Engine{
		compile:   o.Compile,
		runner:    o.Runner,
		observer:  o.Observer,
		metrics:   newMetrics(),
		wake:      make(chan struct{}, 1),
		origin:    time.Now(),
		groups:    map[Key]*group{},
		targets:   map[targetID]*target{},
		checks:    map[probes.CheckKey]*compiled{},
		horizon:   newHorizon(time.Now()),
		listening: map[*group]time.Time{},
		paces:     paces{},
		pacer:     schedule.NewPacer(o.MaxProbesPerSecond),
		queue:     newQueues(),
		tenants:   map[string]*tenant{},
		delayed:   map[*group]*delayed{},

		maxInflight: o.MaxProbesInFlight,
	}
	if o.Registerer != nil {
		e.metrics.register(o.Registerer, live{engine: e, mostHosts: o.MaxHostSeries})
	}
	return e
}

// Verdicts returns a copy of what is believed of the group's members; nil when
// the group is not watched.
func (e *Engine) Verdicts(key Key) map[MemberID]health.Verdict {
	e.mu.Lock()
	defer e.mu.Unlock()
	g := e.groups[key]
	if g == nil {
		return nil
	}
	verdicts := make(map[MemberID]health.Verdict, g.size())
	for m := range g.members() {
		verdicts[m.id] = m.verdict
	}
	return verdicts
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
	default: // Run has been woken already
	}
}

// lockedPlan has the target probed at due, and wakes Run if it would sleep for
// longer. To wake it at the end of every probe would cost a sixth of the CPU that
// the engine takes.
func (e *Engine) lockedPlan(t *target, due time.Time) {
	urgent := t.outOfTurn(e.origin, due, len(e.targets))
	due = schedule.SlotAt(e.origin, due, len(e.targets))
	e.queue.schedule(t, due, urgent)
	if due.Before(e.wakeAt) {
		e.wakeUp()
	}
}
