package engine_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
	"github.com/external-endpoints/operator/probes/probestest"
)

// tolerated is how much later a host's death may be proven beside a greedy namespace than alone.
const tolerated = 250 * time.Millisecond

const (
	greedyTargets = 1600
	greedyPace    = 100 * time.Millisecond
)

// greedy watches many hosts from another namespace as often as the API allows.
func greedy(object, first, last int) engine.Plan {
	members := hosts(first, last)
	for i := range members {
		members[i].Interval, members[i].FastInterval = greedyPace, greedyPace
	}
	return engine.Plan{
		Key:      engine.Key{Namespace: "greedy", Name: fmt.Sprint(object)},
		Evidence: map[int32]int{0: 1}, Members: members,
	}
}

// everySecond fails every second probe, for as long as any test lasts.
func everySecond() []probestest.Answer {
	var answers []probestest.Answer
	for range 1000 {
		answers = append(answers, refused, probestest.Up())
	}
	return answers
}

// detection returns how long after its death a host of a namespace with two hosts is proven dead.
func detection(t *testing.T, limit func(*engine.Options), load func(*testing.T, *rig)) time.Duration {
	t.Helper()
	var took time.Duration
	inBubbleWith(t, limit, func(t *testing.T, r *rig) {
		load(t, r)
		r.apply(t, plan(slowMember(1), slowMember(2)))
		pass(21 * time.Second)
		died := time.Now()
		r.hosts.Script(host(1), refused)
		for r.verdict(1).State != health.Unhealthy {
			pass(10 * time.Millisecond)
			if took = time.Since(died); took > time.Minute {
				t.Fatal("a dead host is not proven dead within a minute")
			}
		}
	})
	return took
}

// The loads are what one legal namespace can do to the others.
var greedyLoads = []struct {
	name string
	load func(*testing.T, *rig)
}{
	{"healthy hosts", func(t *testing.T, r *rig) { r.apply(t, greedy(1, 101, 100+greedyTargets)) }},
	{"hosts that answer every second time", func(t *testing.T, r *rig) {
		for n := 101; n <= 100+greedyTargets; n++ {
			r.hosts.Script(host(n), everySecond()...)
		}
		r.apply(t, greedy(1, 101, 100+greedyTargets))
	}},
	{"hosts that hang", greedyHostsThatHang},
	{"many objects", func(t *testing.T, r *rig) {
		for object := range 40 {
			r.apply(t, greedy(object, 101+40*object, 140+40*object))
		}
	}},
	{"an object that shares the targets of the other namespace", func(t *testing.T, r *rig) {
		r.apply(t, greedy(1, 1, greedyTargets))
	}},
}

func greedyHostsThatHang(t *testing.T, r *rig) {
	for n := 101; n <= 100+greedyTargets; n++ {
		r.hosts.Script(host(n), hanging)
	}
	r.apply(t, greedy(1, 101, 100+greedyTargets))
}

func nothingElse(*testing.T, *rig) {}

func TestEngineRateLimitIsSharedFairlyBetweenNamespaces(t *testing.T) {
	limit := func(o *engine.Options) { o.MaxProbesPerSecond = 200 }
	alone := detection(t, limit, nothingElse)
	for _, tt := range greedyLoads {
		t.Run(tt.name, func(t *testing.T) {
			if took := detection(t, limit, tt.load); took > alone+tolerated {
				t.Errorf("a dead host is proven dead after %s, alone after %s", took, alone)
			}
		})
	}
}

// costly is a runner that needs a millisecond for each start: a prober that lacks CPU.
type costly struct{ engine.Goroutines }

func (c costly) Start(ctx context.Context, probe engine.Probe) {
	<-time.After(time.Millisecond)
	c.Goroutines.Start(ctx, probe)
}

func TestEngineSharesStartsFairlyWhileItLacksCPU(t *testing.T) {
	limit := func(o *engine.Options) { o.Runner = costly{} }
	alone := detection(t, limit, nothingElse)
	for _, tt := range greedyLoads {
		t.Run(tt.name, func(t *testing.T) {
			if took := detection(t, limit, tt.load); took > alone+tolerated {
				t.Errorf("a dead host is proven dead after %s, alone after %s", took, alone)
			}
		})
	}
}

// A namespace whose hosts all hang takes most of the places, and leaves enough to the others.
func TestEngineInFlightBoundIsSharedFairlyBetweenNamespaces(t *testing.T) {
	for _, bound := range []int{10, 500} {
		limit := func(o *engine.Options) { o.MaxProbesInFlight = bound }
		alone := detection(t, limit, nothingElse)
		t.Run(fmt.Sprintf("%d places", bound), func(t *testing.T) {
			if took := detection(t, limit, greedyHostsThatHang); took > alone+tolerated {
				t.Errorf("a dead host is proven dead after %s, alone after %s", took, alone)
			}
		})
	}
}

// takesAnHour makes every probe of the member take an hour, if its host hangs.
func takesAnHour(m *engine.Member) {
	check := *m.Check
	check.Timeout = time.Hour
	m.Check, m.Interval, m.FastInterval = &check, time.Minute, time.Minute
}

// hang watches hosts that hang for an hour, from a namespace of its own.
func hang(r *rig, namespace string, first, last int) engine.Plan {
	var members []engine.Member
	for n := first; n <= last; n++ {
		r.hosts.Script(host(n), hanging)
		members = append(members, but(member(n), takesAnHour))
	}
	return engine.Plan{Key: engine.Key{Namespace: namespace, Name: "hang"}, Evidence: map[int32]int{0: 1}, Members: members}
}

func TestEngineProbesInFlightAreBounded(t *testing.T) {
	const bound, namespaces, targets = 400, 5, 1000
	limit := func(o *engine.Options) { o.MaxProbesInFlight = bound }
	inBubbleWith(t, limit, func(t *testing.T, r *rig) {
		for namespace := range namespaces {
			first := 1 + namespace*targets
			r.apply(t, hang(r, fmt.Sprint(namespace), first, first+targets-1))
		}
		pass(5 * time.Minute)
		running := r.hosts.Running()
		if running > bound || running < bound/2 {
			t.Errorf("%d probes are running, the bound is %d", running, bound)
		}
		for namespace := range namespaces {
			share := 0
			for n := 1 + namespace*targets; n <= (namespace+1)*targets; n++ {
				share += r.hosts.Calls(host(n))
			}
			if fair := running / namespaces; share < fair/2 || share > 2*fair {
				t.Errorf("namespace %d has %d of %d places", namespace, share, running)
			}
		}
		// Whatever the others hold, a probe of another namespace starts when it is due.
		r.apply(t, plan(hosts(9001, 9002)...))
		pass(10 * interval)
		if got := r.hosts.Calls(host(9001)); got != 10 {
			t.Errorf("%d probes in 10 intervals beside %d hosts that hang", got, namespaces*targets)
		}
	})
}

// One namespace alone may use nearly all places, and its hosts that answer are probed beside those
// that hang.
func TestEngineInFlightBoundLeavesOneNamespaceMostPlaces(t *testing.T) {
	const bound = 100
	limit := func(o *engine.Options) { o.MaxProbesInFlight = bound }
	inBubbleWith(t, limit, func(t *testing.T, r *rig) {
		r.apply(t, hang(r, "shop", 1, 1000))
		pass(5 * time.Minute)
		if got := r.hosts.Running(); got < bound*3/4 || got > bound {
			t.Errorf("%d probes are running, the bound is %d", got, bound)
		}
	})
}

// A deleted object's probes still hold places of its namespace: it must not get more by being
// created again and again.
func TestEngineInFlightShareOutlivesTheObject(t *testing.T) {
	const bound = 100
	limit := func(o *engine.Options) { o.MaxProbesInFlight = bound }
	inBubbleWith(t, limit, func(t *testing.T, r *rig) {
		for round := range 5 {
			p := hang(r, "shop", 1+1000*round, 1000+1000*round)
			r.apply(t, p)
			pass(5 * time.Minute)
			r.Forget(p.Key)
			r.apply(t, engine.Plan{Key: orders})
			r.Forget(orders)
		}
		if got := r.hosts.Running(); got > bound*9/10 {
			t.Errorf("one namespace has %d of %d places", got, bound)
		}
	})
}

// A probe that waits for a place is judged when it gets one: it is not late.
func TestEngineProbesThatWaitedForAPlaceAreNotLate(t *testing.T) {
	limit := func(o *engine.Options) { o.MaxProbesInFlight = 10 }
	inBubbleWith(t, limit, func(t *testing.T, r *rig) {
		r.hosts.ScriptAll(hanging)
		r.apply(t, plan(hosts(1, 100)...))
		pass(time.Minute)
		if broken := r.brokenProbes(); len(broken) > 0 {
			t.Errorf("%d probes were said to be broken, the first by %v", len(broken), broken[0])
		}
		for n := 1; n <= 100; n++ {
			if state := r.verdict(n).State; state != health.Unhealthy {
				t.Errorf("host %d hangs and is %s", n, state)
			}
		}
	})
}

// Objects of one namespace share what the namespace gets.
func TestEngineRateLimitIsSharedFairlyBetweenObjects(t *testing.T) {
	limit := func(o *engine.Options) { o.MaxProbesPerSecond = 200 }
	alone := detection(t, limit, nothingElse)
	took := detection(t, limit, func(t *testing.T, r *rig) {
		p := greedy(1, 101, 100+greedyTargets)
		p.Key.Namespace = orders.Namespace
		r.apply(t, p)
	})
	if took > alone+tolerated {
		t.Errorf("a dead host is proven dead after %s, alone after %s", took, alone)
	}
}

// While the prober is starved of CPU every failure is late. The repeats of one namespace must not
// keep it starved.
func TestEngineRepeatsOfLateProbesAreBounded(t *testing.T) {
	const targets = 1000
	inStarvedBubble(t, func(t *testing.T, r *rig, s *starved) {
		r.hosts.ScriptAll(refused)
		s.by(timeout, 0)
		members := hosts(1, targets)
		for i := range members {
			members[i].Interval, members[i].FastInterval = 10*time.Second, 100*time.Millisecond
		}
		r.apply(t, plan(members...))
		pass(10 * time.Second)
		before := r.hosts.TotalCalls()
		pass(60 * time.Second)
		regular := targets * 6
		if got := r.hosts.TotalCalls() - before; got > regular+60*60 {
			t.Errorf("%d probes in a minute, the regular ones are %d", got, regular)
		}
	})
}

// What becomes urgent while it is held back must not wait among the regular probes.
func TestEngineEvidenceIsFetchedFromHostsThatAreHeldBack(t *testing.T) {
	limit := func(o *engine.Options) { o.MaxProbesPerSecond = 10 }
	inBubbleWith(t, limit, func(t *testing.T, r *rig) {
		r.apply(t, plan(hosts(1, 3)...))
		for object := range 100 {
			p := plan(hosts(101+3*object, 103+3*object)...)
			p.Key.Name = fmt.Sprint(object)
			r.apply(t, p)
		}
		pass(2 * time.Minute)
		r.hosts.Script(host(1), refused)
		r.nextStart(1)
		pass(3 * time.Second)
		if v := r.verdict(1); v.State != health.Unhealthy || !v.Run.Corroborated {
			t.Errorf("%s, corroborated %t, 3 s after the first failure", v.State, v.Run.Corroborated)
		}
	})
}
