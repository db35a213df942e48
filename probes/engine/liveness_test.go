package engine_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
)

// lookEvery is how often the kubelet asks for liveness in these tests.
const lookEvery = 10 * time.Second

// blockable is a runner with a loop. Start blocks while it is blocked, as it does when the loop does
// not take probes any more; the loop makes no pass while it is stuck.
type blockable struct {
	engine.Goroutines
	blocked atomic.Pointer[chan struct{}] // nil: not blocked
	busy    bool
	passes  uint64
}

func (b *blockable) Start(ctx context.Context, probe engine.Probe) {
	if blocked := b.blocked.Load(); blocked != nil {
		<-*blocked
	}
	b.Goroutines.Start(ctx, probe)
}

// block makes Start block until unblock is called.
func (b *blockable) block() (unblock func()) {
	blocked := make(chan struct{})
	b.blocked.Store(&blocked)
	return func() {
		b.blocked.Store(nil)
		close(blocked)
	}
}

func (b *blockable) Passes() (bool, uint64) { return b.busy, b.passes }

// inBlockableBubble runs a test on an engine whose runner can be blocked.
func inBlockableBubble(t *testing.T, test func(*testing.T, *rig, *blockable)) {
	t.Helper()
	b := &blockable{}
	inBubbleWith(t, func(o *engine.Options) { o.Runner = b }, func(t *testing.T, r *rig) {
		r.apply(t, plan(hosts(1, 100)...))
		r.settle()
		test(t, r, b)
	})
}

// wantAliveFor asks for liveness every ten seconds, and fails if the answer is an error.
func wantAliveFor(t *testing.T, r *rig, d time.Duration) {
	t.Helper()
	for range int(d / lookEvery) {
		pass(lookEvery)
		if err := r.Alive(); err != nil {
			t.Fatalf("not alive: %v", err)
		}
	}
}

func TestEngineAliveWhileProbing(t *testing.T) {
	inBlockableBubble(t, func(t *testing.T, r *rig, _ *blockable) { wantAliveFor(t, r, 10*time.Minute) })
}

func TestEngineAliveWhenNothingIsDueForLong(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		wantAliveFor(t, r, time.Minute)
		r.apply(t, plan(but(member(1), func(m *engine.Member) { m.Interval, m.FastInterval = time.Hour, time.Hour })))
		wantAliveFor(t, r, 3*time.Hour)
	})
}

// A copy that stands by has plans of nobody: it is alive though it does not probe.
func TestEngineAliveBeforeItRuns(t *testing.T) {
	e := newBench(engine.Goroutines{})
	for range 10 {
		if err := e.Alive(); err != nil {
			t.Error(err)
		}
	}
}

func TestEngineNotAliveWhenItsLoopIsBlocked(t *testing.T) {
	inBlockableBubble(t, func(t *testing.T, r *rig, b *blockable) {
		wantAliveFor(t, r, time.Minute)
		unblock := b.block()
		wantAliveFor(t, r, 30*time.Second)
		pass(lookEvery)
		if err := r.Alive(); err == nil || !strings.Contains(err.Error(), "targets are due") {
			t.Errorf("after 40 s without a probe: %v", err)
		}
		unblock()
		pass(lookEvery)
		wantAliveFor(t, r, time.Minute)
	})
}

func TestEngineNotAliveWhenTheEventLoopMakesNoPass(t *testing.T) {
	inBlockableBubble(t, func(t *testing.T, r *rig, b *blockable) {
		b.busy = true
		for range 6 {
			b.passes++
			wantAliveFor(t, r, lookEvery)
		}
		wantAliveFor(t, r, 20*time.Second)
		pass(lookEvery)
		if err := r.Alive(); err == nil || !strings.Contains(err.Error(), "event loop") {
			t.Errorf("after 30 s without a pass: %v", err)
		}
		b.busy = false // nothing is left to do
		wantAliveFor(t, r, time.Minute)
	})
}

// A limit that holds everything back is no stall: to start the process again would not help.
func TestEngineAliveWhileALimitHoldsProbesBack(t *testing.T) {
	full := func(o *engine.Options) { o.MaxProbesInFlight = 10 }
	inBubbleWith(t, full, func(t *testing.T, r *rig) {
		r.hosts.ScriptAll(hanging)
		members := hosts(1, 100)
		for i := range members {
			check := *members[i].Check
			check.Timeout = time.Hour
			members[i].Check, members[i].Interval, members[i].FastInterval = &check, time.Hour, time.Hour
		}
		r.apply(t, plan(members...))
		wantAliveFor(t, r, 30*time.Minute)
	})
}

// The process was stopped for an hour, or its node was suspended. The first look finds everything
// overdue by an hour; a restart then would kill what has just begun to recover.
func TestEngineStoppedForAnHourIsAliveAndLosesNoHost(t *testing.T) {
	inBlockableBubble(t, func(t *testing.T, r *rig, b *blockable) {
		wantAliveFor(t, r, time.Minute)
		unblock := b.block()
		wantAliveFor(t, r, 2*lookEvery) // the engine is in the middle of a pass
		pass(time.Hour)
		if err := r.Alive(); err != nil {
			t.Errorf("the first look after a stop of an hour: %v", err)
		}
		r.forgetTold()
		unblock()
		before := r.hosts.TotalCalls()
		pass(2 * interval)
		for n := 1; n <= 100; n++ {
			if state := r.verdict(n).State; state != health.Healthy {
				t.Errorf("host %d is %s", n, state)
			}
		}
		if got := r.hosts.TotalCalls() - before; got < 100 {
			t.Errorf("%d probes of 100 hosts in two intervals after the stop", got)
		}
		if told := r.changes(orders, time.Time{}); len(told) > 0 {
			t.Errorf("%d changes were reported", len(told))
		}
		wantAliveFor(t, r, time.Minute)
	})
}
