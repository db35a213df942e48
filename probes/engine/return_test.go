package engine_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
	"github.com/external-endpoints/operator/probes/probestest"
)

// goesOut is what the removal gate asks of a host, where one other is enough.
func goesOut(id engine.MemberID, verdicts map[engine.MemberID]health.Verdict) bool {
	v := verdicts[id]
	if !v.Proven(thresholds) || !v.Run.Corroborated {
		return false
	}
	for other, witness := range verdicts {
		if other != id && health.Confirms(witness, v) {
			return true
		}
	}
	return false
}

// A single group is never isolated: it has nobody else to compare itself with. When
// its network comes back, the hosts that are asked first must not condemn the others.
func TestANetworkThatComesBackCondemnsNobody(t *testing.T) {
	for _, outcome := range []struct {
		name   string
		script probestest.Answer
	}{{"refused", refused}, {"hanging", hanging}} {
		for dark := 100 * time.Millisecond; dark < 3*time.Second; dark += 130 * time.Millisecond {
			t.Run(fmt.Sprintf("%s for %s", outcome.name, dark), func(t *testing.T) {
				inBubble(t, func(t *testing.T, r *rig) {
					r.apply(t, plan(hosts(1, 5)...))
					r.settle()
					for n := range 5 {
						r.hosts.Script(host(n+1), outcome.script)
					}
					pass(dark)
					r.light(1, 2, 3, 4, 5)
					for range 1500 {
						pass(2 * time.Millisecond)
						for id := range r.Verdicts(orders) {
							if goesOut(id, r.Verdicts(orders)) {
								t.Fatalf("%s goes out, and is well", id.Address)
							}
						}
					}
				})
			})
		}
	}
}

// A whole site is gone, and a host elsewhere, of somebody else, answers all the while:
// it says that the failures are the hosts' own. It does not say so of those who have
// not been asked again since the first of them is back.
func TestASiteThatComesBackCondemnsNobody(t *testing.T) {
	for _, outcome := range []struct {
		name   string
		script probestest.Answer
	}{{"refused", refused}, {"hanging", hanging}} {
		for dark := 2 * time.Second; dark < 5*time.Second; dark += 130 * time.Millisecond {
			t.Run(fmt.Sprintf("%s for %s", outcome.name, dark), func(t *testing.T) {
				inBubble(t, func(t *testing.T, r *rig) {
					r.apply(t, plan(hosts(1, 5)...))
					r.apply(t, watches(billing, 6, 6))
					r.settle()
					for n := range 5 {
						r.hosts.Script(host(n+1), outcome.script)
					}
					pass(dark)
					r.light(1, 2, 3, 4, 5)
					for range 1500 {
						pass(2 * time.Millisecond)
						for id := range r.Verdicts(orders) {
							if goesOut(id, r.Verdicts(orders)) {
								t.Fatalf("%s goes out, and is well", id.Address)
							}
						}
					}
				})
			})
		}
	}
}

// The hosts that stay dead go out once they have failed again.
func TestOfHostsThatWereLostTogetherTheDeadGoOut(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.apply(t, plan(hosts(1, 5)...))
		r.settle()
		r.darken(5)
		pass(10 * interval)
		r.light(1, 2, 3)
		pass(interval + 2*fastInterval)
		for _, n := range []int{4, 5} {
			if !goesOut(web(n), r.Verdicts(orders)) {
				t.Errorf("host %d stays in: %+v", n, r.verdict(n))
			}
		}
		if got := r.changes(orders, time.Now().Add(-interval)); len(got) == 0 || !slices.IsSorted(got) {
			t.Error("nobody was told")
		}
	})
}

// A predecessor has left a host unhealthy and kept it in, for nobody answered then. Its
// failures have to be seen again, and no less quickly than those of a host that dies.
func TestAFailureThatWasTakenOverIsProvenAsFastAsAnyOther(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.hosts.Script(host(1), refused)
		r.apply(t, plan(but(member(1), func(m *engine.Member) {
			m.Initial = health.TakenOver(health.Unhealthy, time.Time{}, "Timeout")
		}), member(2)))
		pass(interval + 2*fastInterval)
		if !goesOut(web(1), r.Verdicts(orders)) {
			t.Errorf("it stays in: %+v", r.verdict(1))
		}
	})
}

// Some hosts were asked in the dark, and their probes time out after the first answer
// has ended the isolation: such a failure is as old as those that are forgotten then,
// and one is enough here. The dead host is asked again at once, and goes out by that.
func TestWhatWasAskedInTheDarkCondemnsNobodyAfterIt(t *testing.T) {
	once := health.Thresholds{Rise: thresholds.Rise, Fall: 1}
	const dead = 10
	for out := 20 * interval; out < 21*interval; out += 47 * time.Millisecond {
		t.Run(fmt.Sprintf("hanging for %s", out), func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				for _, p := range []engine.Plan{watches(orders, 1, 5), watches(billing, 6, dead)} {
					for i := range p.Members {
						fallsAtOnce(&p.Members[i])
					}
					r.apply(t, p)
				}
				r.settle()
				for n := 1; n <= dead; n++ {
					r.hosts.Script(host(n), hanging)
				}
				pass(out)
				if !r.Network(orders).Isolated {
					t.Fatal("not isolated")
				}
				r.light(1, 2, 3, 4, 5, 6, 7, 8, 9)
				for r.Network(orders).Isolated {
					pass(time.Millisecond)
				}
				asked, back := r.hosts.Started(host(dead)), time.Now()
				latest := asked[len(asked)-1]
				for range 1000 {
					for _, key := range []engine.Key{orders, billing} {
						for id, v := range r.Verdicts(key) {
							if id != web(dead) && v.Failing() {
								t.Fatalf("%s fails, and is well: %+v", id.Address, v)
							}
						}
					}
					pass(2 * time.Millisecond)
				}
				v := r.Verdicts(billing)[web(dead)]
				if !v.Proven(once) || v.State != health.Unhealthy {
					t.Errorf("the dead host stays in: %+v", v)
				}
				again, dark := latest.Add(timeout), latest.Before(back)
				if dark && back.Before(again) && !v.Run.Began.Equal(again) {
					t.Errorf("the dead host, asked in the dark until %s, first failed after it from %s", again, v.Run.Began)
				}
			})
		})
	}
}
