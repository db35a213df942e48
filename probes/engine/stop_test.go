package engine_test

import (
	"runtime"
	"strings"
	"testing"
	"time"
)

// goroutines counts those that have to do with this package.
func goroutines() int {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	return strings.Count(string(stacks), "probes/engine.")
}

func TestRunReturnsWithNothingLeftRunning(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.hosts.ScriptAll(hanging)
		r.apply(t, plan(hosts(1, 100)...))
		pass(interval - 1)
		if running := r.hosts.Running(); running == 0 {
			t.Fatal("no probe is running")
		}
		before := time.Now()
		r.stop()

		if took := time.Since(before); took != 0 {
			t.Errorf("stopping took %s", took)
		}
		if running := r.hosts.Running(); running != 0 {
			t.Errorf("%d probes are still running", running)
		}
		// What was cut short says nothing.
		if told, broken := r.changes(orders, time.Time{}), r.brokenProbes(); len(told)+len(broken) > 0 {
			t.Errorf("told of changes %v and of broken probes %v", told, broken)
		}
	})
}

func TestNoGoroutineIsKeptForATargetAtRest(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.apply(t, plan(member(1)))
		r.settle()
		one := goroutines()
		r.apply(t, plan(hosts(1, 200)...))
		r.settle()
		if got := goroutines(); got != one {
			t.Errorf("%d goroutines for 200 targets, %d for one", got, one)
		}
	})
}

func TestAGroupMayBeForgottenWhileItsProbesRun(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.hosts.ScriptAll(hanging)
		r.apply(t, plan(hosts(1, 20)...))
		pass(interval)
		if r.hosts.Running() == 0 {
			t.Fatal("no probe is running")
		}
		r.forgetTold()
		r.Forget(orders)
		begun := r.hosts.TotalCalls()
		pass(time.Minute)

		if got := r.hosts.TotalCalls() - begun; got != 0 {
			t.Errorf("%d probes of a group that was forgotten", got)
		}
		if told := r.changes(orders, time.Time{}); len(told) > 0 {
			t.Errorf("told of a change after %s", told)
		}
	})
}

func TestAGroupThatWasForgottenMayComeBack(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.hosts.Script(host(1), refused)
		r.apply(t, plan(member(1)))
		r.settle()
		r.Forget(orders)
		r.Forget(orders)
		r.apply(t, plan(member(1)))

		if got := r.verdict(1); got != member(1).Initial {
			t.Errorf("begins with %+v, not with what the plan says", got)
		}
		first := r.nextStart(1)
		pass(fastInterval)
		if got := r.startsSince(1, first); len(got) != 2 {
			t.Errorf("starts %s", got)
		}
	})
}

func TestAPlanWithoutMembersWatchesNothing(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.apply(t, plan(hosts(1, 3)...))
		r.settle()
		r.apply(t, plan())
		begun := r.hosts.TotalCalls()
		pass(time.Minute)
		if got := r.hosts.TotalCalls() - begun; got != 0 {
			t.Errorf("%d probes", got)
		}
		if verdicts := r.Verdicts(orders); verdicts == nil || len(verdicts) > 0 {
			t.Errorf("verdicts %v", verdicts)
		}
	})
}
