package engine_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
	"github.com/external-endpoints/operator/probes/probestest"
)

// lossesSince are when hosts of a group may have had to go out, counted from a moment on.
func (r *recorder) lossesSince(key engine.Key, moment time.Time) []time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	var since []time.Duration
	for _, c := range r.changed {
		if c.key == key && c.loss && !c.at.Before(moment) {
			since = append(since, c.at.Sub(moment))
		}
	}
	return since
}

// An outage of one tier ends with the hold-down: with a threshold of two to rise, six
// successes in a row. Its plan asks for that moment, and no other plan gets it.
func TestEngineReportsHoldDownInAnOutage(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		for n := 1; n <= 4; n++ {
			r.hosts.Script(host(n), refused)
		}
		inOutage, other := plan(hosts(1, 2)...), plan(hosts(3, 4)...)
		other.Key = billing
		for _, p := range []*engine.Plan{&inOutage, &other} {
			p.Members[0].ID, p.Members[1].ID = web(1), web(2)
			r.apply(t, *p)
		}
		pass(10 * interval)
		inOutage.HoldDown = true
		r.apply(t, inOutage)
		r.forgetTold()
		r.hosts.Script(host(1), probestest.Up())
		r.hosts.Script(host(3), probestest.Up())
		pass(time.Minute)

		if v := r.Verdicts(billing)[web(1)]; !v.PastHoldDown(thresholds) {
			t.Fatalf("host 3 has not passed the hold-down: %+v", v)
		}
		held := r.lossesSince(orders, r.verdict(1).Since)
		if len(held) == 0 {
			t.Fatal("the hold-down is not reported")
		}
		if want, got := 4*interval-fastInterval, held[len(held)-1]; got > want || got < want-interval {
			t.Errorf("the hold-down is reported %s after the host is healthy, want %s at most", got, want)
		}
		told, usual := r.changes(orders, r.verdict(1).Since), r.changes(billing, r.Verdicts(billing)[web(1)].Since)
		if len(told) != len(usual)+1 {
			t.Errorf("%d changes in the outage, %d elsewhere: want one more", len(told), len(usual))
		}
	})
}

// At rest, and when it ends, an outage causes no changes.
func TestEngineReportsNothingAtRestInAnOutage(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.hosts.Script(host(1), refused)
		p := plan(hosts(1, 3)...)
		p.HoldDown = true
		r.apply(t, p)
		r.hold()
		began := time.Now()
		pass(time.Minute)
		if diff := cmp.Diff([]time.Duration(nil), r.changes(orders, began)); diff != "" {
			t.Errorf("changes at rest (-want +got):\n%s", diff)
		}
	})
}

// A primary is demoted and fails for ever; another is promoted. PublishNone may take the
// old one out as soon as the new one is healthy: its next failure is seen within the
// fast interval, and not at its next slot.
func TestEngineCorroboratesOldPrimaryAtOnce(t *testing.T) {
	for _, phase := range every(interval/8, 8) { // of the promotion in the old primary's interval
		inBubble(t, func(t *testing.T, r *rig) {
			r.hosts.Script(host(2), refused)
			p := plan(hosts(1, 2)...)
			p.Members[1].Initial = health.TakenOver(health.Unhealthy, time.Time{}, "StatusMismatch")
			r.apply(t, p)
			r.settle()
			r.hosts.Script(host(1), refused)
			pass(10*interval + phase)
			r.hosts.Script(host(2), probestest.Up())
			pass(10 * interval)

			promoted := r.verdict(2).Since
			if !r.verdict(1).Run.Corroborated {
				t.Fatalf("after %s: the old primary's failure is not corroborated", phase)
			}
			out := r.lossesSince(orders, promoted)
			if len(out) == 0 || out[len(out)-1] > fastInterval {
				t.Errorf("after %s: the old primary may go out %s after the new one is healthy, want within %s", phase, out, fastInterval)
			}
		})
	}
}
