package engine_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
	"github.com/external-endpoints/operator/probes/probestest"
)

// slowMember is a member whose threshold takes two seconds: three failures, one second apart.
func slowMember(n int) engine.Member {
	return but(member(n), func(m *engine.Member) { m.Interval, m.FastInterval = 5*time.Second, time.Second })
}

// quick watches the same target with a fast interval of its own and thresholds that are never met.
func quick(fast time.Duration) engine.Plan {
	return shared(func(m *engine.Member) {
		m.Interval, m.FastInterval, m.Thresholds = time.Second, fast, health.Thresholds{Rise: 10, Fall: 10}
	})
}

// A second object that probes the same target more often must not shorten the time that the
// first one's threshold takes: a process that restarts within it would be taken out.
func TestEngineSharedTargetKeepsEachMembersPace(t *testing.T) {
	tests := []struct {
		name string
		fast time.Duration // of the other object
	}{
		{"another fast interval of 100 ms", 100 * time.Millisecond},
		{"another fast interval that does not divide the first", 700 * time.Millisecond},
		{"the same fast interval", time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				r.apply(t, plan(slowMember(1), slowMember(2)))
				r.apply(t, quick(tt.fast))
				r.settle()
				began := r.failNext(1, refused)
				pass(10 * time.Second)

				v := r.verdict(1)
				if v.State != health.Unhealthy {
					t.Fatalf("%s, want Unhealthy", v.State)
				}
				if took := v.Since.Sub(began); took != 2*time.Second {
					t.Errorf("unhealthy %s after its first failure, want 2s", took)
				}
			})
		})
	}
}

func TestEngineSharedTargetCountsFailuresOfTheQuickMemberAtItsOwnPace(t *testing.T) {
	const fast = 100 * time.Millisecond
	inBubble(t, func(t *testing.T, r *rig) {
		r.apply(t, plan(slowMember(1), slowMember(2)))
		r.apply(t, quick(fast))
		r.settle()
		began := r.failNext(1, refused)
		pass(10 * time.Second)
		v := r.Verdicts(billing)[web(1)]
		if took := v.Since.Sub(began); v.State != health.Unhealthy || took < 9*fast || took > 10*fast {
			t.Errorf("%s %s after its first failure, want Unhealthy after 900ms", v.State, took)
		}
	})
}

// A host that refuses for half a second keeps its place where the threshold takes two seconds.
func TestEngineSharedTargetShortRefusalTakesNoHostOut(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.apply(t, plan(slowMember(1), slowMember(2)))
		r.apply(t, quick(100*time.Millisecond))
		r.settle()
		r.failNext(1, refused)
		pass(500 * time.Millisecond)
		r.hosts.Script(host(1), probestest.Up())
		pass(10 * time.Second)
		if v := r.verdict(1); v.State != health.Healthy || v.Flaps.Last != (time.Time{}) {
			t.Errorf("%s, last fall at %s", v.State, v.Flaps.Last)
		}
	})
}

// Once the threshold is met, a further failure is awaited only where evidence came late. It counts
// whenever it comes, or the removal would be delayed by the shared probe.
func TestEngineSharedTargetFailureAfterTheThresholdCounts(t *testing.T) {
	corroboratedAfter := func(t *testing.T, others ...engine.Plan) (took time.Duration) {
		inBubble(t, func(t *testing.T, r *rig) {
			const answer = 900 * time.Millisecond
			r.hosts.Script(host(2), probestest.Answer{Outcome: probestest.Up().Outcome, After: answer / 2})
			r.apply(t, plan(
				but(slowMember(1), func(m *engine.Member) { m.Thresholds.Fall = 1 }),
				slowMember(2)))
			for _, p := range others {
				r.apply(t, p)
			}
			r.settle()
			began := r.failNext(1, refused)
			for !r.verdict(1).Run.Corroborated {
				pass(time.Millisecond)
				if time.Since(began) > time.Minute {
					t.Fatal("the failure is never corroborated")
				}
			}
			took = time.Since(began)
		})
		return took
	}
	once := shared(func(m *engine.Member) {
		m.Interval, m.FastInterval, m.Thresholds.Fall = 5*time.Second, 100*time.Millisecond, 1
	})
	alone, beside := corroboratedAfter(t), corroboratedAfter(t, once)
	if beside > alone {
		t.Errorf("corroborated after %s beside another object, %s alone", beside, alone)
	}
}

// Probes that say nothing about the host are no turn of any member: the next one waits as long
// as after any other probe.
func TestEngineSharedTargetInconclusiveProbesKeepTheCadence(t *testing.T) {
	const fast = 200 * time.Millisecond
	inBubble(t, func(t *testing.T, r *rig) {
		r.apply(t, plan(slowMember(1), slowMember(2)))
		r.apply(t, quick(fast))
		r.settle()
		began := r.failNext(1, refused, probestest.Broken())
		pass(10*fast - time.Millisecond)
		if diff := cmp.Diff(every(fast, 10), r.startsSince(1, began)); diff != "" {
			t.Errorf("starts (-want +got):\n%s", diff)
		}
	})
}
