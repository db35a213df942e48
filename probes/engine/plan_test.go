package engine_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
	"github.com/external-endpoints/operator/probes/probestest"
)

var otherCheck = &probes.Check{Timeout: timeout, TLS: &probes.TLS{}}

func withOtherCheck(m *engine.Member) { m.Check = otherCheck }

// withCheckNumber gives the member one of many checks.
func withCheckNumber(n int) func(*engine.Member) {
	check := &probes.Check{Timeout: timeout, TCP: &probes.TCP{Send: fmt.Append(nil, n)}}
	return func(m *engine.Member) { m.Check = check }
}

func every10s(m *engine.Member) { m.Interval, m.FastInterval = 10*interval, 10*interval }

func TestAPlanAppliedAgainDisturbsNothing(t *testing.T) {
	starts := func(again bool) (list []time.Duration) {
		inBubble(t, func(t *testing.T, r *rig) {
			began := time.Now()
			r.hosts.Script(host(1), script("+++--+++----++")...)
			r.hosts.Script(host(3), slow(timeout-1)) // is being probed half of the time
			r.hosts.Script(host(4), hanging)
			for i := range 150 {
				if again || i == 0 {
					r.apply(t, plan(hosts(1, 4)...))
				}
				pass(97 * time.Millisecond)
			}
			for n := 1; n <= 4; n++ {
				list = append(list, r.startsSince(n, began)...)
			}
		})
		return list
	}
	if diff := cmp.Diff(starts(false), starts(true)); diff != "" {
		t.Errorf("starts (-applied once +applied again and again):\n%s", diff)
	}
}

func TestAChangedCheckKeepsTheStateAndStartsTheRunAgain(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.apply(t, plan(member(1)))
		r.settle()
		r.hosts.Script(host(1), refused)
		r.nextStart(1)
		pass(fastInterval) // two failures of three
		r.apply(t, plan(but(member(1), withOtherCheck)))

		got := r.verdict(1)
		if got.State != health.Healthy || got.Run.Length != 0 || !got.LastSuccess.IsZero() {
			t.Errorf("%s with a run of %d, last success %s", got.State, got.Run.Length, got.LastSuccess)
		}
		began := r.nextStart(1)
		pass(interval)
		if diff := cmp.Diff([]time.Duration{2 * fastInterval}, r.changes(orders, began)); diff != "" {
			t.Errorf("told of a change (-want +got):\n%s", diff)
		}
	})
}

func TestAChangedCheckIsProbedWithinOneInterval(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.apply(t, plan(member(1)))
		r.settle()
		r.apply(t, plan(but(member(1), withOtherCheck)))
		begun := r.hosts.Calls(host(1))
		pass(10 * interval)
		if got := r.hosts.Calls(host(1)) - begun; got != 10 {
			t.Errorf("%d probes in 10 intervals", got)
		}
	})
}

// A Secret that rotates, or two controllers that fight over the spec, must not keep a dead
// host in: of a run that no threshold has ended yet only the first change drops the results.
func TestEngineProvesAFailureWhileTheCheckKeepsChanging(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.apply(t, plan(member(1)))
		r.settle()
		r.hosts.Script(host(1), refused)
		for n := range 10 {
			r.nextStart(1)
			pass(time.Millisecond)
			r.apply(t, plan(but(member(1), withCheckNumber(n))))
		}
		if got := r.verdict(1); got.State != health.Unhealthy {
			t.Errorf("%s after 10 failures under 10 checks, with a run of %d", got.State, got.Run.Length)
		}
		r.hosts.Script(host(1), probestest.Up())
		for n := range 10 {
			r.nextStart(1)
			pass(time.Millisecond)
			r.apply(t, plan(but(member(1), withCheckNumber(100+n))))
		}
		if got := r.verdict(1); got.State != health.Healthy {
			t.Errorf("%s after 10 successes under 10 checks, with a run of %d", got.State, got.Run.Length)
		}
	})
}

func TestEngineDropsResultsOfAnotherPortAtEachChange(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.apply(t, plan(member(1)))
		r.settle()
		for n := range uint16(4) {
			r.hosts.Script(netip.AddrPortFrom(host(1).Addr(), host(1).Port()+n), refused)
		}
		r.nextStart(1)
		pass(time.Millisecond)
		for n := range uint16(3) {
			target := netip.AddrPortFrom(host(1).Addr(), host(1).Port()+1+n)
			r.apply(t, plan(but(member(1), func(m *engine.Member) { m.Target = target })))
			if got := r.verdict(1).Run.Length; got != 0 {
				t.Errorf("a run of %d at a port that was never probed", got)
			}
			for begun := r.hosts.Calls(target); r.hosts.Calls(target) == begun; {
				pass(time.Millisecond)
			}
			pass(time.Millisecond)
		}
		if got := r.verdict(1); got.State != health.Healthy {
			t.Errorf("%s after one failure at each of three ports", got.State)
		}
	})
}

func TestAResultThatWasOnItsWayDoesNotCountForTheNextCheck(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.apply(t, plan(member(1)))
		r.settle()
		r.hosts.Script(host(1), hanging)
		r.nextStart(1)
		r.apply(t, plan(but(member(1), withOtherCheck)))
		r.hosts.Script(host(1), probestest.Up())
		pass(2 * interval)
		if got := r.verdict(1); !got.Run.Success || got.State != health.Healthy {
			t.Errorf("%s, latest probe succeeded: %t", got.State, got.Run.Success)
		}
		if broken := r.brokenProbes(); len(broken) > 0 {
			t.Errorf("broken probes: %v", broken)
		}
	})
}

func TestAHostRemovedWhileItsProbeRunsIsGone(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.hosts.Script(host(1), hanging)
		r.apply(t, plan(but(member(1), func(m *engine.Member) { m.Thresholds.Fall = 1 }), member(2)))
		r.nextStart(1)
		r.apply(t, plan(member(2)))
		begun := r.hosts.Calls(host(1))
		pass(10 * interval)

		if got := r.hosts.Calls(host(1)) - begun; got != 0 {
			t.Errorf("%d probes of a host that was removed", got)
		}
		if told := r.changes(orders, time.Time{}); len(told) > 0 {
			t.Errorf("told of a change after %s", told)
		}
		if _, known := r.Verdicts(orders)[web(1)]; known || len(r.Verdicts(orders)) != 1 {
			t.Errorf("verdicts %v", r.Verdicts(orders))
		}
	})
}

func TestALongerIntervalHoldsFromTheNextProbeOn(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.apply(t, plan(member(1)))
		r.settle()
		r.apply(t, plan(but(member(1), every10s)))
		pass(10 * interval)
		begun := r.hosts.Calls(host(1))
		pass(60 * interval)
		if got := r.hosts.Calls(host(1)) - begun; got != 6 {
			t.Errorf("%d probes in six of the longer intervals", got)
		}
	})
}

func TestAShorterIntervalHoldsAtOnceAndMakesNoBurst(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		const targets = 1000
		var slow []engine.Member
		for _, m := range hosts(1, targets) {
			slow = append(slow, but(m, every10s))
		}
		r.apply(t, plan(slow...))
		pass(25 * interval)
		applied := time.Now()
		r.apply(t, plan(hosts(1, targets)...))
		pass(interval)

		atOnce := 0
		for n := 1; n <= targets; n++ {
			starts := r.startsSince(n, applied)
			if len(starts) == 0 {
				t.Fatalf("host %d was not probed within the shorter interval", n)
			}
			if starts[0] < 10*time.Millisecond {
				atOnce++
			}
		}
		if atOnce > 3*targets/100 {
			t.Errorf("%d of %d probes came in the first 10 ms", atOnce, targets)
		}
	})
}

func TestACheckOfNoneFindsEveryHostHealthyWithoutAProbe(t *testing.T) {
	asksNothing := func(m *engine.Member) { m.Check = none }
	tests := []struct {
		name    string
		before  string // answers of the check before; empty: there was none
		initial health.State
	}{
		{"a new host", "", health.Unknown},
		{"a host that a predecessor left unhealthy", "", health.Unhealthy},
		{"a host that was failing, but not down", "+++-", health.Healthy},
		{"a host that was down", "-", health.Healthy},
		{"a host that was well", "+", health.Healthy},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				m := but(member(1), func(m *engine.Member) { m.Initial.State = tt.initial })
				if tt.before != "" {
					r.hosts.Script(host(1), script(tt.before)...)
					r.apply(t, plan(m))
					r.nextStart(1)
					pass(3*interval + fastInterval)
				}
				changed := time.Now()
				r.apply(t, plan(but(m, asksNothing)))
				begun := r.hosts.Calls(host(1))
				first := r.verdict(1)
				pass(time.Minute)
				r.apply(t, plan(but(m, asksNothing)))

				if first.State != health.Healthy || first.Failing() || first.Unsettled() || first.Since.After(changed) {
					t.Errorf("at once: %+v", first)
				}
				if diff := cmp.Diff(first, r.verdict(1)); diff != "" {
					t.Errorf("a minute later (-want +got):\n%s", diff)
				}
				if got := r.hosts.Calls(host(1)) - begun; got != 0 {
					t.Errorf("%d probes", got)
				}
			})
		})
	}
}
