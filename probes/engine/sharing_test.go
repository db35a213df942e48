package engine_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
)

// shared watches the first host for another group, with a check of its own that
// is equal to that of the first.
func shared(change func(*engine.Member)) engine.Plan {
	m := member(1)
	m.Check = &probes.Check{Timeout: timeout, TCP: &probes.TCP{}}
	change(&m)
	return engine.Plan{Key: billing, Evidence: map[int32]int{0: 1}, Members: []engine.Member{m}}
}

func asItIs(*engine.Member) {}

func TestTwoGroupsShareTheProbesOfOneTarget(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.apply(t, plan(member(1)))
		r.apply(t, shared(asItIs))
		first := r.nextStart(1)
		pass(5*interval - time.Millisecond)
		if diff := cmp.Diff(every(interval, 5), r.startsSince(1, first)); diff != "" {
			t.Errorf("starts (-want +got):\n%s", diff)
		}
		for _, key := range []engine.Key{orders, billing} {
			if v := r.Verdicts(key)[web(1)]; v.Run.Length != 5 {
				t.Errorf("%s has seen %d results of 5", key.Name, v.Run.Length)
			}
		}
	})
}

func TestWhatDiffersIsNotShared(t *testing.T) {
	tests := []struct {
		name   string
		change func(*engine.Member)
	}{
		{"another check", func(m *engine.Member) { m.Check = &probes.Check{Timeout: timeout, TLS: &probes.TLS{}} }},
		{"another timeout", func(m *engine.Member) { m.Check = &probes.Check{Timeout: 2 * timeout, TCP: &probes.TCP{}} }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				r.apply(t, plan(member(1)))
				r.apply(t, shared(tt.change))
				pass(10 * interval)
				if got := r.hosts.Calls(host(1)); got != 20 {
					t.Errorf("%d probes in 10 intervals of two groups", got)
				}
			})
		})
	}
}

func TestTheShortestIntervalWins(t *testing.T) {
	const long = 4 * interval
	longer := func(m *engine.Member) { m.Interval, m.FastInterval = long, long }
	tests := []struct {
		name          string
		first, second engine.Plan
	}{
		{"the shorter comes first", plan(member(1)), shared(longer)},
		{"the longer comes first", plan(but(member(1), longer)), shared(asItIs)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				r.apply(t, tt.first)
				pass(long)
				r.apply(t, tt.second)
				second := r.nextStart(1)
				if waited := time.Since(second); waited > interval {
					t.Errorf("first probe of the two after %s", waited)
				}
				pass(8*interval - time.Millisecond)
				if diff := cmp.Diff(every(interval, 8), r.startsSince(1, second)); diff != "" {
					t.Errorf("starts (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestOneGroupInDoubtDoesNotSlowTheOther(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.apply(t, plan(but(member(1), fallsAtOnce)))
		r.apply(t, shared(func(m *engine.Member) { m.Interval, m.FastInterval, m.Thresholds.Fall = 4*interval, 4*interval, 100 }))
		r.settle()
		began := r.failNext(1, refused)
		pass(8*interval - time.Millisecond)
		if diff := cmp.Diff(every(interval, 8), r.startsSince(1, began)); diff != "" {
			t.Errorf("starts (-want +got):\n%s", diff)
		}
	})
}

func TestEachGroupKeepsItsOwnThresholds(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.apply(t, plan(member(1)))
		r.apply(t, shared(func(m *engine.Member) { m.Thresholds.Fall = 1 }))
		r.settle()
		r.hosts.Script(host(1), refused)
		began := r.nextStart(1)
		pass(interval)

		if diff := cmp.Diff([]time.Duration{0}, r.changes(billing, began)); diff != "" {
			t.Errorf("threshold of 1 (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]time.Duration{2 * fastInterval}, r.changes(orders, began)); diff != "" {
			t.Errorf("threshold of 3 (-want +got):\n%s", diff)
		}
	})
}

func TestForgettingOneOfTwoLeavesTheOther(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.apply(t, plan(but(member(1), func(m *engine.Member) { m.Interval, m.FastInterval = 4*interval, 4*interval })))
		r.apply(t, shared(asItIs))
		r.settle()

		r.Forget(billing)
		if got := r.Verdicts(billing); got != nil {
			t.Errorf("verdicts of a forgotten group: %v", got)
		}
		pass(interval) // the probe that was planned for the shorter interval
		begun := r.hosts.Calls(host(1))
		pass(8 * interval)
		if got := r.hosts.Calls(host(1)) - begun; got != 2 {
			t.Errorf("%d probes in 8 s for who asks every 4 s", got)
		}

		r.Forget(orders)
		begun = r.hosts.Calls(host(1))
		pass(time.Minute)
		if got := r.hosts.Calls(host(1)) - begun; got != 0 {
			t.Errorf("%d probes for nobody", got)
		}
	})
}

func TestTwoPortsOfOneGroupShareAProbeAndTellOnce(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		metrics := but(member(1), func(m *engine.Member) { m.ID.Port = "metrics" })
		r.apply(t, plan(member(1), metrics))
		r.settle()
		r.hosts.Script(host(1), refused)
		began := r.nextStart(1)
		pass(interval - time.Millisecond)

		if diff := cmp.Diff([]time.Duration{0, fastInterval, 2 * fastInterval}, r.startsSince(1, began)); diff != "" {
			t.Errorf("starts (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]time.Duration{2 * fastInterval}, r.changes(orders, began)); diff != "" {
			t.Errorf("told of a change (-want +got):\n%s", diff)
		}
		for id, v := range r.Verdicts(orders) {
			if v.State != health.Unhealthy {
				t.Errorf("%s is %s", id.Port, v.State)
			}
		}
	})
}
