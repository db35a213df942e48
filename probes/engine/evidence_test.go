package engine_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
	"github.com/external-endpoints/operator/probes/probestest"
)

// fallsAtOnce makes one failure enough.
func fallsAtOnce(m *engine.Member) { m.Thresholds.Fall = 1 }

// slow is a host that is well and takes its time to say so.
func slow(after time.Duration) probestest.Answer {
	return probestest.Answer{Outcome: probes.Succeeded(), After: after}
}

// extra are the probes of the n-th host since a moment that its own cadence does
// not explain.
func (r *rig) extra(n int, moment time.Time) []time.Duration {
	phase := r.hosts.Started(host(n))[0]
	return slices.DeleteFunc(r.startsSince(n, moment), func(since time.Duration) bool {
		return moment.Add(since).Sub(phase)%interval == 0
	})
}

// failNext gives the n-th host a script and waits for the first probe that meets it.
func (r *rig) failNext(n int, answers ...probestest.Answer) time.Time {
	r.hosts.Script(host(n), answers...)
	return r.nextStart(n)
}

func TestAFirstFailureHasAsManyOthersProbedAsTheGateNeeds(t *testing.T) {
	for _, need := range []int{0, 1, 3} {
		inBubble(t, func(t *testing.T, r *rig) {
			p := plan(hosts(1, 6)...)
			p.Evidence = map[int32]int{0: need}
			r.apply(t, p)
			r.settle()
			began := r.failNext(1, refused)
			pass(interval)

			asked := 0
			for n := 2; n <= 6; n++ {
				for _, since := range r.extra(n, began) {
					asked++
					if since > fastInterval {
						t.Errorf("evidence %d: host %d is asked %s after the failure", need, n, since)
					}
				}
			}
			if asked != need {
				t.Errorf("evidence %d: %d probes of others beyond their cadence", need, asked)
			}
			if got := r.confirming(1, 2, 3, 4, 5, 6); got < need {
				t.Errorf("evidence %d: %d others confirm", need, got)
			}
		})
	}
}

// confirming is how many of the others are evidence that the n-th host is alone
// with its failure.
func (r *rig) confirming(n int, others ...int) int {
	count := 0
	for _, other := range others {
		if health.Confirms(r.verdict(other), r.verdict(n)) {
			count++
		}
	}
	return count
}

func TestEvidenceIsThereWhenTheVerdictFalls(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.apply(t, plan(hosts(1, 2)...))
		r.settle()
		began := r.failNext(1, refused)
		pass(2 * fastInterval)

		if !r.verdict(1).Proven(thresholds) || r.confirming(1, 2) != 1 {
			t.Errorf("proven %t, confirmed by %d", r.verdict(1).Proven(thresholds), r.confirming(1, 2))
		}
		if diff := cmp.Diff([]time.Duration{2 * fastInterval}, r.changes(orders, began)); diff != "" {
			t.Errorf("told of a change (-want +got):\n%s", diff)
		}
	})
}

func TestAWitnessIsNotAskedMoreOftenThanItsFastInterval(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.apply(t, plan(hosts(1, 30)...))
		r.settle()
		began := time.Now()
		for n := 2; n <= 30; n++ { // the first host is the only one to ask
			r.hosts.Script(host(n), script("-+---+----++--+-")...)
		}
		pass(10 * interval)

		starts := r.startsSince(1, began)
		asked := r.extra(1, began)
		if len(asked) == 0 {
			t.Error("the witness was never asked")
		}
		for _, since := range asked {
			if i := slices.Index(starts, since); i > 0 && since-starts[i-1] < fastInterval {
				t.Errorf("asked %s after the probe before", since-starts[i-1])
			}
		}
	})
}

func TestOnlyWitnessesAreAsked(t *testing.T) {
	// Kept unhealthy for ever, and probed at its interval though it succeeds.
	unhealthy := func(m *engine.Member) {
		m.Initial.State, m.Thresholds.Rise, m.FastInterval = health.Unhealthy, 1000, interval
	}
	tests := []struct {
		name   string
		change func(*engine.Member)
	}{
		{"a host on its way out", func(m *engine.Member) { m.Witness = false }},
		{"a host that is not healthy", unhealthy},
		{"a host of another port", func(m *engine.Member) { m.ID.Port = "metrics" }},
		{"a host whose check asks nothing", func(m *engine.Member) { m.Check = none }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				r.apply(t, plan(member(1), but(member(2), tt.change)))
				r.settle()
				began := r.failNext(1, refused)
				pass(5 * interval)

				if r.hosts.Calls(host(2)) > 0 && len(r.extra(2, began)) > 0 {
					t.Errorf("asked after %s", r.extra(2, began))
				}
				if diff := cmp.Diff([]time.Duration{2 * fastInterval}, r.changes(orders, began)); diff != "" {
					t.Errorf("told of a change (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestAHostThatBecomesAWitnessIsAsked(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.apply(t, plan(member(1), but(member(2), func(m *engine.Member) { m.Witness = false })))
		r.settle()
		r.apply(t, plan(hosts(1, 2)...))
		began := r.failNext(1, refused)
		pass(fastInterval)
		if asked := r.extra(2, began); len(asked) != 1 {
			t.Errorf("asked after %s", asked)
		}
	})
}

func TestAHangingWitnessDelaysNothing(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.apply(t, plan(hosts(1, 3)...))
		r.settle()
		r.hosts.Script(host(2), hanging)
		began := r.failNext(1, refused)
		pass(2 * fastInterval)

		if !r.verdict(1).Proven(thresholds) || r.confirming(1, 3) != 1 {
			t.Errorf("proven %t, confirmed by the third host: %d", r.verdict(1).Proven(thresholds), r.confirming(1, 3))
		}
		if asked := r.extra(3, began); len(asked) != 1 || asked[0] > fastInterval {
			t.Errorf("the third host is asked after %s, not at the second failure", asked)
		}
	})
}

func TestAWitnessWhoseAnswerWillBeTooOldIsAskedAgain(t *testing.T) {
	const answer = 900 * time.Millisecond
	inBubble(t, func(t *testing.T, r *rig) {
		patient := func(m *engine.Member) { m.Check = &probes.Check{Timeout: interval, TCP: &probes.TCP{}} }
		r.hosts.Script(host(4), slow(answer))
		r.apply(t, plan(but(member(1), fallsAtOnce), but(member(4), patient)))
		r.settle()
		began := r.failNext(1, refused)
		starts := r.hosts.Started(host(4))
		running := starts[len(starts)-1]
		if rest := began.Sub(running); rest <= 0 || rest >= answer {
			t.Fatalf("the witness was probed last %s before the failure, and is not on its way", rest)
		}
		pass(2 * answer)

		again := running.Add(answer).Sub(began)
		if diff := cmp.Diff([]time.Duration{again}, r.startsSince(4, began)[:1]); diff != "" {
			t.Errorf("the witness is probed again (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]time.Duration{0, again + answer}, r.changes(orders, began)); diff != "" {
			t.Errorf("told of a change (-want +got):\n%s", diff)
		}
	})
}

func TestAWitnessAtRestIsAskedBeforeOneThatIsBeingProbed(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.hosts.Script(host(3), slow(400*time.Millisecond))
		r.apply(t, plan(but(member(1), fallsAtOnce), member(3), member(2)))
		r.settle()
		r.nextStart(3)
		began := r.failNext(1, refused)
		if r.hosts.Running() != 1 {
			t.Fatal("the third host is not being probed when the first fails")
		}
		pass(interval)

		if again := r.extra(3, began); len(again) > 0 {
			t.Errorf("the one that was being probed is probed again after %s", again)
		}
		if diff := cmp.Diff([]time.Duration{0}, r.extra(2, began)); diff != "" {
			t.Errorf("the one at rest is asked (-want +got):\n%s", diff)
		}
	})
}

func TestAWitnessThatTakesItsTimeIsAskedOnce(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.apply(t, plan(member(1), member(7)))
		r.settle()
		r.hosts.Script(host(7), slow(fastInterval+fastInterval/2))
		began := r.failNext(1, refused)
		pass(interval)
		if diff := cmp.Diff([]time.Duration{0}, r.extra(7, began)); diff != "" {
			t.Errorf("asked by three failures (-want +got):\n%s", diff)
		}
	})
}
