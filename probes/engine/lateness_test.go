package engine_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
	"github.com/external-endpoints/operator/probes/probestest"
)

// starved is a runner without enough CPU: probes begin late, and their deadline
// fires late.
type starved struct{ begin, deadline atomic.Int64 }

// by says how late probes begin and how late their deadline fires from now on.
func (s *starved) by(begin, deadline time.Duration) {
	s.begin.Store(int64(begin))
	s.deadline.Store(int64(deadline))
}

func (s *starved) Start(ctx context.Context, probe engine.Probe) {
	begin, deadline := time.Duration(s.begin.Load()), time.Duration(s.deadline.Load())
	go func() {
		if begin > 0 { // see probestest.Scripted
			<-time.After(begin)
		}
		began := time.Now()
		ctx, cancel := context.WithTimeout(ctx, probe.Check.Timeout+deadline)
		defer cancel()
		probe.Done(began, probe.Prober.Probe(ctx, probe.Target))
	}()
}

// inStarvedBubble runs a test on an engine that can be starved at any time.
func inStarvedBubble(t *testing.T, test func(*testing.T, *rig, *starved)) {
	t.Helper()
	s := &starved{}
	inBubbleWith(t, func(o *engine.Options) { o.Runner = s }, func(t *testing.T, r *rig) { test(t, r, s) })
}

func TestAFailureSeenByALateProberCountsAgainstNobody(t *testing.T) {
	const tolerance = timeout / 10
	tests := []struct {
		name            string
		begin, deadline time.Duration
		answer          probestest.Answer
		down            bool
	}{
		{"a probe began later than a tenth of the timeout", tolerance + 1, 0, refused, false},
		{"a probe began a tenth of the timeout late", tolerance, 0, refused, true},
		{"a deadline fired later than a tenth of the timeout", 0, tolerance + 1, hanging, false},
		{"a deadline fired a tenth of the timeout late", 0, tolerance, hanging, true},
		{"everything is far too late", 10 * interval, 10 * interval, hanging, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inStarvedBubble(t, func(t *testing.T, r *rig, s *starved) {
				r.apply(t, plan(hosts(1, 3)...))
				r.settle()
				s.by(tt.begin, tt.deadline)
				r.hosts.Script(host(1), tt.answer)
				pass(time.Minute)

				if down := r.verdict(1).State == health.Unhealthy; down != tt.down {
					t.Errorf("down %t, want %t", down, tt.down)
				}
				if broken := r.brokenProbes(); tt.down == (len(broken) > 0) {
					t.Errorf("%d probes were said to be broken", len(broken))
				}
				for _, err := range r.brokenProbes() {
					if !errors.Is(err, engine.ErrLate) {
						t.Errorf("broken by %v", err)
					}
				}
			})
		})
	}
}

func TestASuccessSeenByALateProberCounts(t *testing.T) {
	inStarvedBubble(t, func(t *testing.T, r *rig, s *starved) {
		s.by(timeout, 0)
		r.apply(t, plan(but(member(1), func(m *engine.Member) { m.Initial.State = health.Unhealthy })))
		pass(10 * interval)
		if got := r.verdict(1).State; got != health.Healthy {
			t.Errorf("a host that answers well is %s", got)
		}
	})
}

func TestALateFailureIsRepeatedAtOnceAndThenAtTheFastInterval(t *testing.T) {
	inStarvedBubble(t, func(t *testing.T, r *rig, s *starved) {
		const late = 60 * time.Millisecond
		r.apply(t, plan(member(1)))
		r.settle()
		s.by(late, 0)
		r.hosts.Script(host(1), refused)
		began := r.nextStart(1)
		pass(3 * fastInterval)

		// The fast interval counts from when a probe really began.
		want := []time.Duration{0, late, 2*late + fastInterval, 3*late + 2*fastInterval}
		if diff := cmp.Diff(want, r.startsSince(1, began)); diff != "" {
			t.Errorf("starts (-want +got):\n%s", diff)
		}
	})
}

// A host that dies while the prober is starved is found as soon as it no longer is.
func TestAFailureIsFoundOnceTheProberIsInTimeAgain(t *testing.T) {
	inStarvedBubble(t, func(t *testing.T, r *rig, s *starved) {
		r.apply(t, plan(hosts(1, 2)...))
		r.settle()
		s.by(timeout, 0)
		r.hosts.Script(host(1), refused)
		pass(time.Minute)
		if state := r.verdict(1).State; state != health.Healthy {
			t.Fatalf("%s while starved", state)
		}
		s.by(0, 0)
		pass(timeout + 4*fastInterval)
		if state := r.verdict(1).State; state != health.Unhealthy {
			t.Errorf("%s a run of fast intervals after the starvation", state)
		}
	})
}

func TestWhatTheLimitHoldsBackIsNotLate(t *testing.T) {
	const targets, limit = 500, 100
	limited := func(o *engine.Options) { o.MaxProbesPerSecond = limit }
	inBubbleWith(t, limited, func(t *testing.T, r *rig) {
		r.hosts.ScriptAll(refused)
		r.apply(t, plan(hosts(1, targets)...))
		pass(20 * time.Second)

		if broken := r.brokenProbes(); len(broken) > 0 {
			t.Errorf("%d probes were said to be broken, the first by %v", len(broken), broken[0])
		}
		if state := r.verdict(1).State; state != health.Unhealthy {
			t.Errorf("a dead host is %s", state)
		}
	})
}

func TestABrokenProberChangesNoVerdict(t *testing.T) {
	for name, initial := range map[string]health.State{"healthy": health.Healthy, "unhealthy": health.Unhealthy, "never seen": health.Unknown} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				r.hosts.ScriptAll(probestest.Broken())
				r.apply(t, plan(but(member(1), func(m *engine.Member) { m.Initial.State = initial })))
				before := r.verdict(1)
				first := r.nextStart(1)
				pass(10*interval - time.Millisecond)

				if diff := cmp.Diff(before, r.verdict(1)); diff != "" {
					t.Errorf("verdict (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(every(interval, 10), r.startsSince(1, first)); diff != "" {
					t.Errorf("a broken prober is asked out of turn (-want +got):\n%s", diff)
				}
				if got := len(r.brokenProbes()); got != 10 {
					t.Errorf("told of %d broken probes, want 10", got)
				}
				if told := r.changes(orders, time.Time{}); len(told) > 0 {
					t.Errorf("told of a change after %s", told)
				}
			})
		})
	}
}

func TestABrokenProbeDoesNotEndARun(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.apply(t, plan(member(1)))
		r.settle()
		r.hosts.Script(host(1), refused, probestest.Broken(), refused, probestest.Broken(), refused)
		began := r.nextStart(1)
		pass(interval)
		if diff := cmp.Diff([]time.Duration{4 * fastInterval}, r.changes(orders, began)); diff != "" {
			t.Errorf("told of a change (-want +got):\n%s", diff)
		}
	})
}

func TestAProberInTimeIsNotLate(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.hosts.ScriptAll(hanging)
		r.apply(t, plan(hosts(1, 100)...))
		pass(time.Minute)
		if broken := r.brokenProbes(); len(broken) > 0 {
			t.Errorf("%d probes were said to be broken, the first by %v", len(broken), broken[0])
		}
		if got := r.verdict(50); got.Reason != probes.Timeout {
			t.Errorf("a hanging host is %s for %q", got.State, got.Reason)
		}
	})
}
