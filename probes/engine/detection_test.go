package engine_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
	"github.com/external-endpoints/operator/probes/probestest"
)

// All times count from the start of the first failing probe.
func TestAFailureIsDetectedByTheArithmeticOfTheSchedule(t *testing.T) {
	const ms = time.Millisecond
	tests := []struct {
		name         string
		answer       probestest.Answer
		fastInterval time.Duration
		starts       []time.Duration // of the deciding run
		down         time.Duration
	}{
		{
			"refused: two fast intervals after the first failing probe",
			refused, fastInterval, []time.Duration{0, 200 * ms, 400 * ms}, 400 * ms,
		}, {
			"hanging: two timeouts after the end of the first failing probe",
			hanging, fastInterval, []time.Duration{0, timeout, 2 * timeout}, 3 * timeout,
		}, {
			"slow to fail, but faster than the fast interval: from start to start",
			probestest.Answer{Outcome: probes.Failed(probes.Reset), After: 150 * ms},
			fastInterval, []time.Duration{0, 200 * ms, 400 * ms}, 550 * ms,
		}, {
			"refused without a fast interval: two intervals",
			refused, interval, []time.Duration{0, interval, 2 * interval}, 2 * interval,
		}, {
			"hanging without a fast interval: two intervals and a timeout",
			hanging, interval, []time.Duration{0, interval, 2 * interval}, 2*interval + timeout,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				r.apply(t, plan(but(member(1), func(m *engine.Member) { m.FastInterval = tt.fastInterval }), member(2)))
				r.settle()
				r.hosts.Script(host(1), tt.answer)
				began := r.nextStart(1)

				pass(tt.down - time.Since(began) - ms)
				if state := r.verdict(1).State; state != health.Healthy {
					t.Errorf("%s a millisecond early", state)
				}
				pass(ms)
				if got := r.verdict(1); got.State != health.Unhealthy || got.Since.Sub(began) != tt.down {
					t.Errorf("%s since %s, want unhealthy since %s", got.State, got.Since.Sub(began), tt.down)
				}
				if diff := cmp.Diff(tt.starts, r.startsSince(1, began)[:3]); diff != "" {
					t.Errorf("starts of the deciding run (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff([]time.Duration{tt.down}, r.changes(orders, began)); diff != "" {
					t.Errorf("told of a change (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestTheFastIntervalLastsUntilTheStateIsSettled(t *testing.T) {
	const slot, fast = interval, fastInterval
	tests := []struct {
		name    string
		answers string // "+" and "-" in turn, the last one from then on
		gaps    []time.Duration
	}{
		{"a single failure", "-+", []time.Duration{fast, slot - fast, slot}},
		{"a failure short of falling", "--+", []time.Duration{fast, fast, slot - 2*fast, slot}},
		{"a host that falls", "-", []time.Duration{fast, fast, slot - 2*fast, slot}},
		{"a host that falls and rises", "----++", []time.Duration{fast, fast, slot - 2*fast, slot, fast, slot - fast, slot}},
		{"a host that is down and succeeds once", "----+-", []time.Duration{fast, fast, slot - 2*fast, slot, fast, fast, fast, slot - 3*fast, slot}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				r.apply(t, plan(member(1)))
				r.settle()
				r.hosts.Script(host(1), script(tt.answers)...)
				began := r.nextStart(1)
				pass(10 * interval)

				var gaps []time.Duration
				starts := r.startsSince(1, began)
				for i := range tt.gaps {
					gaps = append(gaps, starts[i+1]-starts[i])
				}
				if diff := cmp.Diff(tt.gaps, gaps); diff != "" {
					t.Errorf("gaps from the first %q on (-want +got):\n%s", tt.answers, diff)
				}
			})
		})
	}
}

// script makes answers of a string of "+" and "-".
func script(signs string) []probestest.Answer {
	var answers []probestest.Answer
	for _, sign := range signs {
		if sign == '+' {
			answers = append(answers, probestest.Up())
		} else {
			answers = append(answers, refused)
		}
	}
	return answers
}

func TestAHostNeverSeenBeforeIsHealthyByItsFirstSuccess(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.hosts.Script(host(1), script("-+")...)
		r.apply(t, plan(but(member(1), func(m *engine.Member) { m.Initial = health.Verdict{} })))
		began := r.nextStart(1)
		pass(interval)

		if got := r.verdict(1); got.State != health.Healthy || got.Since.Sub(began) != fastInterval {
			t.Errorf("%s since %s after the first probe", got.State, got.Since.Sub(began))
		}
		if diff := cmp.Diff([]time.Duration{fastInterval}, r.changes(orders, began)); diff != "" {
			t.Errorf("told of a change (-want +got):\n%s", diff)
		}
	})
}

func TestATakenOverHostHasToProveItself(t *testing.T) {
	tests := []struct {
		name    string
		state   health.State
		answers string
		want    []time.Duration // changes told of, from the first probe on
		proven  bool
	}{
		{"in, and well: nothing to tell", health.Healthy, "+", nil, false},
		{"out, and well: in after the whole threshold", health.Unhealthy, "+", []time.Duration{fastInterval}, false},
		{"in, and failing: out after the whole threshold", health.Healthy, "-", []time.Duration{2 * fastInterval}, true},
		{"out, and failing: stays out, and says when it is proven", health.Unhealthy, "-", []time.Duration{2 * fastInterval}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				r.hosts.Script(host(1), script(tt.answers)...)
				r.apply(t, plan(but(member(1), func(m *engine.Member) {
					m.Initial = health.TakenOver(tt.state, time.Now().Add(-time.Hour), "")
				})))
				began := r.nextStart(1)
				pass(10 * interval)

				if diff := cmp.Diff(tt.want, r.changes(orders, began)); diff != "" {
					t.Errorf("told of a change (-want +got):\n%s", diff)
				}
				if got := r.verdict(1).Proven(thresholds); got != tt.proven {
					t.Errorf("proven %t, want %t", got, tt.proven)
				}
			})
		})
	}
}
