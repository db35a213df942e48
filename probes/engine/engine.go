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
	// maxStall is for how long there may be no progress, while there is something to do.
	maxStall = 30 * time.Second
	// maxStep is how much of a stall one look can add. A process that was stopped, or whose node was
	// suspended, finds everything overdue when it goes on: by the clock it has stalled for an
	// hour. Several looks in a row without progress are needed to believe it.
	maxStep = 10 * time.Second
)

// stallDetector measures for how long something that should make progress makes none, in time that this
// process has seen pass: it is fed by looks, each of which adds the time since the look before, up
// to maxStep.
type stallDetector struct {
	progress uint64
	looked   time.Time
	lasted   time.Duration
}

// check takes in whether there is anything to do, and a number that every progress changes. It
// returns for how long there has been none.
func (s *stallDetector) check(now time.Time, pending bool, progress uint64) time.Duration {
	if !pending || progress != s.progress || s.looked.IsZero() {
		s.lasted = 0
	} else {
		s.lasted += min(max(now.Sub(s.looked), 0), maxStep)
	}
	s.looked, s.progress = now, progress
	return s.lasted
}

// Looper is a Runner with a loop of its own, on which running probes depend.
type Looper interface {
	Runner
	// Passes reports whether the loop has anything to do, and how many passes it has made.
	Passes() (busy bool, passes uint64)
}

// liveness is what the looks before have found.
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

// pendingStarts reports whether a target is due that the engine has not even looked at, and how many
// probes it has started. What a limit holds back has been looked at.
func (e *Engine) pendingStarts(now time.Time) (pending bool, starts uint64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.probing && e.queue.due(now), e.starts
}

// changes are the groups to report to the observer, each once.
type changes []change

type change struct {
	key Key
	// loss: a host may go out, and not only come in.
	loss bool
}

// losses are changes by which hosts may go out.
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
	// Changed: the verdicts of the group, or what they rest on, changed in a way
	// that matters to what is published.
	Changed(Key)
	// Lost: as Changed, and a host may have to be removed. A change that is reported to Lost is
	// not reported to Changed.
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
	starting    []*inflightProbe // by the latest pass; a buffer
	freeList    []*inflightProbe

	// paced is when MaxProbesPerSecond held a probe back last.
	paced time.Time
	// delayed are the groups that a limit delays by more than their interval, notices those of
	// which that has begun or ended.
	delayed        map[*group]*delayed
	notices        changes
	checkBacklogAt time.Time

	fleet *evidence.Fleet
	paces paces
}

// New returns an engine that watches nothing yet. [Engine.Run] makes it probe.
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

// Verdicts returns a copy of what is believed of the group's members; nil when
// the group is not watched.
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
