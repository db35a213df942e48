package engine_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/probestest"
)

func TestALoneFailureIsToldOnce(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.apply(t, plan(hosts(1, 50)...))
		r.settle()
		began := r.failNext(1, refused)
		pass(time.Minute)
		if diff := cmp.Diff([]time.Duration{2 * fastInterval}, r.changes(orders, began)); diff != "" {
			t.Errorf("told of a change (-want +got):\n%s", diff)
		}
	})
}

func TestLateEvidenceIsTold(t *testing.T) {
	const late = 50 * time.Millisecond
	inBubble(t, func(t *testing.T, r *rig) {
		r.apply(t, plan(but(member(1), fallsAtOnce), member(2)))
		r.settle()
		r.hosts.Script(host(2), slow(late))
		began := r.failNext(1, refused)
		pass(10 * interval)

		if diff := cmp.Diff([]time.Duration{0, fastInterval}, r.changes(orders, began)); diff != "" {
			t.Errorf("told of a change (-want +got):\n%s", diff)
		}
	})
}

func TestEvidenceOfAWitnessThatWasFailingItselfIsTold(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.apply(t, plan(but(member(1), fallsAtOnce), but(member(2), func(m *engine.Member) { m.Thresholds.Fall = 100 })))
		r.settle()
		r.failNext(2, refused)
		began := r.failNext(1, refused)
		pass(10 * interval)
		if diff := cmp.Diff([]time.Duration{0}, r.changes(orders, began)); diff != "" {
			t.Errorf("told of a change while the only witness fails (-want +got):\n%s", diff)
		}

		r.hosts.Script(host(2), probestest.Up())
		recovered := r.nextStart(2)
		pass(10 * interval)
		if diff := cmp.Diff([]time.Duration{0}, r.changes(orders, recovered)); diff != "" {
			t.Errorf("told of a change from the witness's success on (-want +got):\n%s", diff)
		}
	})
}

// While the host that is down is not probed itself: it has to be told by the
// witness's success alone.
func TestEvidenceThatIsLostAndFoundAgainIsTold(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		hardly := func(m *engine.Member) { m.Thresholds.Fall = 100 }
		r.apply(t, plan(but(but(member(1), fallsAtOnce), every10s), but(member(2), hardly), but(member(3), hardly)))
		r.settle()
		r.failNext(1, refused)
		r.nextStart(1)
		lost := r.failNext(2, refused)
		r.failNext(3, refused)
		pass(interval)
		r.hosts.Script(host(2), probestest.Up())
		found := r.nextStart(2)
		r.hosts.Script(host(3), probestest.Up())
		pass(interval)

		if told := r.changes(orders, lost); len(told) == 0 || told[0] != found.Sub(lost) {
			t.Errorf("told of a change %s after evidence was lost, which was found after %s", told, found.Sub(lost))
		}
	})
}

func TestASteadyStateTellsNothing(t *testing.T) {
	tests := []struct {
		name string
		down int // of five
	}{
		{"one host is down", 1},
		{"all but two are down", 3},
		{"all but one are down", 4},
		{"all are down", 5},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				for n := range tt.down {
					r.hosts.Script(host(n+1), refused)
				}
				r.apply(t, plan(hosts(1, 5)...))
				r.settle()
				began := time.Now()
				calls := r.hosts.TotalCalls()
				pass(time.Hour)

				if told := r.changes(orders, began); len(told) > 0 {
					t.Errorf("told of a change after %s", told)
				}
				if got := r.hosts.TotalCalls() - calls; got != 5*3600 {
					t.Errorf("%d probes in an hour of five hosts, want one a second each", got)
				}
			})
		})
	}
}
