package engine_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/probestest"
)

func TestTheCadenceRunsFromStartToStart(t *testing.T) {
	tests := []struct {
		name    string
		answer  probestest.Answer
		timeout time.Duration
	}{
		{"a host that answers at once", probestest.Up(), timeout},
		{"a host that takes 0.9 of the interval", probestest.Answer{Outcome: probes.Succeeded(), After: 900 * time.Millisecond}, interval},
		{"a host that hangs, with a timeout as long as the interval", hanging, interval},
		{"a host that answers when the interval is over", probestest.Answer{Outcome: probes.Succeeded(), After: interval}, 2 * interval},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				r.hosts.Script(host(1), tt.answer)
				r.apply(t, plan(but(member(1), func(m *engine.Member) {
					m.Check = &probes.Check{Timeout: tt.timeout, TCP: &probes.TCP{}}
				})))
				first := r.nextStart(1)
				pass(10*interval - time.Millisecond)
				if diff := cmp.Diff(every(interval, 10), r.startsSince(1, first)); diff != "" {
					t.Errorf("starts (-want +got):\n%s", diff)
				}
				if peak := r.hosts.Peak(host(1)); peak != 1 {
					t.Errorf("%d probes of one host at the same time", peak)
				}
			})
		})
	}
}

func TestAProbeThatOutlastsItsIntervalIsNeverDoubled(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		const long = 1700 * time.Millisecond
		r.hosts.Script(host(1), probestest.Answer{Outcome: probes.Succeeded(), After: long})
		r.apply(t, plan(but(member(1), func(m *engine.Member) {
			m.Check = &probes.Check{Timeout: 2 * interval, TCP: &probes.TCP{}}
		})))
		first := r.nextStart(1)
		pass(3*long + long/2)
		if diff := cmp.Diff(every(long, 4), r.startsSince(1, first)); diff != "" {
			t.Errorf("the next one does not start when the one before has ended (-want +got):\n%s", diff)
		}
		if peak := r.hosts.Peak(host(1)); peak != 1 {
			t.Errorf("%d probes of one host at the same time", peak)
		}
	})
}

func TestFirstProbesSpreadOverOneInterval(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		const targets, width = 10_000, 10 * time.Millisecond
		applied := time.Now()
		r.apply(t, plan(hosts(1, targets)...))
		pass(interval)

		buckets := make([]int, interval/width+1)
		for n := 1; n <= targets; n++ {
			starts := r.startsSince(n, applied)
			if len(starts) != 1 {
				t.Fatalf("host %d was probed %d times within the first interval", n, len(starts))
			}
			buckets[starts[0]/width]++
		}
		const mean = targets * int(width) / int(interval)
		for i, count := range buckets {
			if count > mean*11/10 {
				t.Errorf("%d starts in the %d. 10 ms, 1.1 times the mean of %d is the most", count, i, mean)
			}
		}
	})
}

// phases are how long after New each host is probed first.
func phases(t *testing.T) map[int]time.Duration {
	t.Helper()
	after := map[int]time.Duration{}
	inBubble(t, func(t *testing.T, r *rig) {
		origin := time.Now()
		r.apply(t, plan(hosts(1, 50)...))
		pass(interval)
		for n := 1; n <= 50; n++ {
			after[n] = r.startsSince(n, origin)[0]
		}
	})
	return after
}

func TestAPhaseSurvivesARestart(t *testing.T) {
	if diff := cmp.Diff(phases(t), phases(t)); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
}

func TestAHostThatJoinsLaterIsProbedWithinOneInterval(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		pass(12345 * time.Millisecond)
		joined := time.Now()
		r.apply(t, plan(hosts(1, 20)...))
		pass(2*interval + time.Millisecond)
		for n := 1; n <= 20; n++ {
			starts := r.startsSince(n, joined)
			if first := starts[0]; first > interval || starts[1]-first != interval {
				t.Errorf("host %d was probed after %s and again after %s", n, first, starts[1])
			}
		}
	})
}

func TestADayOfQuietHostsTellsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		count := &counting{}
		r := newRig(t, func(o *engine.Options) {
			o.Compile = func(probes.Check) (probes.Prober, error) { return count, nil }
		})
		var members []engine.Member
		for _, m := range hosts(1, 100) {
			m.Interval, m.FastInterval = time.Minute, time.Minute
			members = append(members, m)
		}
		r.apply(t, plan(members...))
		pass(24 * time.Hour)

		if got := count.probes.Load(); got != 100*24*60 {
			t.Errorf("%d probes, want one per host and minute", got)
		}
		if told := r.changes(orders, time.Time{}); len(told) > 0 {
			t.Errorf("told of a change after %s", told)
		}
	})
}
