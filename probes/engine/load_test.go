package engine_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
	"github.com/external-endpoints/operator/probes/probestest"
)

// startsOf is when every one of the hosts was probed.
func startsOf(t *testing.T, first, last, hang int) map[int][]time.Duration {
	t.Helper()
	starts := map[int][]time.Duration{}
	inBubble(t, func(t *testing.T, r *rig) {
		for n := 1; n <= hang; n++ {
			r.hosts.Script(host(n), hanging)
		}
		began := time.Now()
		r.apply(t, plan(hosts(1, last)...))
		pass(10 * interval)
		for n := first; n <= last; n++ {
			starts[n] = r.startsSince(n, began)
		}
	})
	return starts
}

func TestAThousandHangingHostsSlowNobodyElse(t *testing.T) {
	quiet, busy := startsOf(t, 1001, 2000, 0), startsOf(t, 1001, 2000, 1000)
	// A few of the others are asked for evidence, which is a probe more, and stands for
	// the regular one when that is due a twentieth of the interval later at most.
	const slot = interval / 20
	for n, starts := range quiet {
		for _, start := range starts {
			if !slices.ContainsFunc(busy[n], func(other time.Duration) bool { return (other - start).Abs() <= slot }) {
				t.Fatalf("host %d is no longer probed after %s (-quiet +busy):\n%s", n, start, cmp.Diff(starts, busy[n]))
			}
		}
	}
}

func TestStartsAreBoundedPerSecond(t *testing.T) {
	const targets, limit = 1000, 200
	limited := func(o *engine.Options) { o.MaxProbesPerSecond = limit }
	inBubbleWith(t, limited, func(t *testing.T, r *rig) {
		r.apply(t, plan(hosts(1, targets)...))
		pass(interval)
		for range 10 {
			before := r.hosts.TotalCalls()
			pass(time.Second)
			if got := r.hosts.TotalCalls() - before; got < limit-1 || got > limit+1 {
				t.Errorf("%d probes in a second, the limit is %d", got, limit)
			}
		}
		// Nobody starves: all are probed in turn, as fast as the limit allows.
		for n := 1; n <= targets; n++ {
			if got := r.hosts.Calls(host(n)); got < 2 || got > 3 {
				t.Fatalf("host %d was probed %d times in 11 s", n, got)
			}
		}
	})
}

func TestALimitAboveTheNeedChangesNothing(t *testing.T) {
	limited := func(o *engine.Options) { o.MaxProbesPerSecond = 10_000 }
	inBubbleWith(t, limited, func(t *testing.T, r *rig) {
		r.apply(t, plan(member(1)))
		first := r.nextStart(1)
		pass(10*interval - time.Millisecond)
		if diff := cmp.Diff(every(interval, 10), r.startsSince(1, first)); diff != "" {
			t.Errorf("starts (-want +got):\n%s", diff)
		}
	})
}

// The limit stands for whatever keeps a prober from keeping up.
func TestAFailureIsProvenBeforeTheBacklogIsDone(t *testing.T) {
	const targets, limit = 1000, 100
	limited := func(o *engine.Options) { o.MaxProbesPerSecond = limit }
	inBubbleWith(t, limited, func(t *testing.T, r *rig) {
		r.apply(t, plan(hosts(1, targets)...))
		pass(30 * time.Second)
		r.hosts.Script(host(1), refused)
		failed := r.nextStart(1)
		pass(2 * time.Second)
		if state := r.verdict(1).State; state != health.Unhealthy {
			t.Errorf("2 s after its first failure at %s a dead host is %s", failed, state)
		}
	})
}

func TestHostsInDoubtLeaveTheOthersHalfOfTheProbes(t *testing.T) {
	const targets, inDoubt, limit = 300, 100, 100
	limited := func(o *engine.Options) { o.MaxProbesPerSecond = limit }
	inBubbleWith(t, limited, func(t *testing.T, r *rig) {
		members := hosts(1, targets)
		for n := 1; n <= inDoubt; n++ {
			members[n-1].Thresholds.Fall = 10
			r.hosts.Script(host(n), almostDown()...)
		}
		r.apply(t, plan(members...))
		pass(60 * time.Second)
		for n := inDoubt + 1; n <= targets; n++ {
			if got := r.hosts.Calls(host(n)); got < 10 {
				t.Fatalf("host %d was probed %d times in a minute", n, got)
			}
		}
	})
}

// almostDown answers nine times in ten with a refusal, for as long as any test lasts.
func almostDown() []probestest.Answer {
	var answers []probestest.Answer
	for n := range 1000 {
		if n%10 == 9 {
			answers = append(answers, probestest.Up())
		} else {
			answers = append(answers, refused)
		}
	}
	return answers
}
