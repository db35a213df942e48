package engine_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/external-endpoints/operator/probes/engine"
)

// inTier puts the members into a tier.
func inTier(tier int32, members ...engine.Member) []engine.Member {
	for i := range members {
		members[i].Tier = tier
	}
	return members
}

// twoTiers watches hosts 1 to upper in tier 0, and the rest up to last in tier 1.
func twoTiers(upper, last int, evidence map[int32]int) engine.Plan {
	p := plan(append(hosts(1, upper), inTier(1, hosts(upper+1, last)...)...)...)
	p.Evidence = evidence
	return p
}

func TestAsManyAreAskedInEachTierAsItNeeds(t *testing.T) {
	tests := []struct {
		name         string
		evidence     map[int32]int
		down         int // of the upper tier's hosts 2 to 4
		upper, lower int // asked of hosts 2 to 4, and 5 to 7
	}{
		{"each tier may be the one that answers", map[int32]int{0: 1, 1: 2}, 0, 1, 2},
		{"a tier that is no evidence", map[int32]int{1: 2}, 0, 0, 2},
		{"a tier with too few hosts for its need", map[int32]int{0: 1, 1: 4}, 0, 1, 0},
		{"a tier with too few that are well", map[int32]int{0: 2, 1: 1}, 2, 0, 1},
		{"a tier with just enough that are well", map[int32]int{0: 2, 1: 1}, 1, 2, 1},
		{"no tier that could prove anything", map[int32]int{0: 4, 1: 4}, 0, 0, 0},
		{"no evidence needed of one", map[int32]int{0: 0, 1: 2}, 0, 0, 0},
		{"a tier that nobody is in proves nothing", map[int32]int{0: 1, 9: 0}, 0, 1, 0},
		{"no evidence needed at all", nil, 0, 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				for n := 2; n < 2+tt.down; n++ {
					r.hosts.Script(host(n), refused)
				}
				r.apply(t, twoTiers(4, 7, tt.evidence))
				r.hold()
				began := r.failNext(1, refused)
				pass(interval)

				if got := r.asked(2, 4, began); got != tt.upper {
					t.Errorf("%d of the upper tier are asked, want %d", got, tt.upper)
				}
				if got := r.asked(5, 7, began); got != tt.lower {
					t.Errorf("%d of the lower tier are asked, want %d", got, tt.lower)
				}
				if diff := cmp.Diff([]time.Duration{2 * fastInterval}, r.changes(orders, began)[:1]); diff != "" {
					t.Errorf("told of a change (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// asked counts the probes of hosts since a moment that the cadence before it does
// not explain.
func (r *rig) asked(first, last int, moment time.Time) int {
	asked := 0
	for n := first; n <= last; n++ {
		var slot time.Time
		for _, start := range r.hosts.Started(host(n)) {
			if start.Before(moment) {
				slot = start
			} else if start.Sub(slot)%interval != 0 {
				asked++
			}
		}
	}
	return asked
}

// hold lets every host be probed until it has held, and forgets what was told.
func (r *rig) hold() {
	pass(10 * interval)
	r.forgetTold()
}

func TestEvidenceOfAnyTierIsTold(t *testing.T) {
	const late = 50 * time.Millisecond
	inBubble(t, func(t *testing.T, r *rig) {
		p := twoTiers(2, 3, map[int32]int{0: 1, 1: 1})
		fallsAtOnce(&p.Members[0])
		r.apply(t, p)
		r.hold()
		r.hosts.Script(host(2), hanging)
		r.hosts.Script(host(3), slow(late))
		began := r.failNext(1, refused)
		pass(2 * fastInterval)

		// The host is asked once more after others have answered.
		if diff := cmp.Diff([]time.Duration{0, fastInterval}, r.changes(orders, began)); diff != "" {
			t.Errorf("told of a change (-want +got):\n%s", diff)
		}
	})
}

func TestAHostMovesToAnotherTier(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		p := twoTiers(2, 4, map[int32]int{1: 3})
		r.apply(t, p)
		r.settle()
		p.Members[1].Tier = 1
		r.apply(t, p)
		began := r.failNext(1, refused)
		pass(interval)
		if got := r.asked(2, 4, began); got != 3 {
			t.Errorf("%d asked of a tier that needs three and has them now", got)
		}
	})
}

// With a threshold of two to rise, six successes in a row.
func TestAHostThatHeldIsToldOnceWhereThereAreTiers(t *testing.T) {
	tests := []struct {
		name  string
		lower int32
		want  []time.Duration // from the first success on
	}{
		{"two tiers", 1, []time.Duration{fastInterval, 5 * interval}},
		{"one tier", 0, []time.Duration{fastInterval}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				r.hosts.Script(host(1), refused)
				p := plan(append(hosts(1, 1), inTier(tt.lower, hosts(2, 2)...)...)...)
				r.apply(t, p)
				pass(10 * interval)
				r.hosts.Script(host(1), script("+")...)
				began := r.nextStart(1)
				pass(time.Minute)

				// The second success comes early; the third at the next slot.
				want := append([]time.Duration(nil), tt.want...)
				if len(want) > 1 {
					want[1] -= interval
				}
				if diff := cmp.Diff(want, r.changes(orders, began)); diff != "" {
					t.Errorf("told of a change (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestAHostTakenOverHoldsOnlyByItsOwnProbes(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.apply(t, twoTiers(1, 2, map[int32]int{0: 1, 1: 1}))
		first := r.nextStart(1)
		if r.verdict(1).PastHoldDown(thresholds) {
			t.Error("held by one probe")
		}
		pass(10 * interval)
		told := r.changes(orders, first)
		if len(told) == 0 || told[0] > 5*interval || !r.verdict(1).PastHoldDown(thresholds) {
			t.Errorf("held %t, told after %s", r.verdict(1).PastHoldDown(thresholds), told)
		}
	})
}

func TestAHostThatFlapsIsDampedByItsOwnInterval(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.apply(t, plan(hosts(1, 2)...))
		r.settle()
		for i, want := range []int{2, 2, 4, 8, 16, 16} {
			r.failNext(1, refused)
			pass(2 * fastInterval)
			r.hosts.Script(host(1), script("+")...)
			began := r.nextStart(1)
			pass(time.Minute / 4)

			needed := time.Duration(want-1) * fastInterval
			if got := r.verdict(1).Since.Sub(began); got != needed {
				t.Errorf("up again %s after fall %d, want %s", got, i+1, needed)
			}
		}
	})
}
