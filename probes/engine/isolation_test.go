package engine_test

import (
	"testing"
	"time"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
	"github.com/external-endpoints/operator/probes/probestest"
)

var stock = engine.Key{Namespace: "shop", Name: "stock"}

// watches is a group of the hosts first to last.
func watches(key engine.Key, first, last int) engine.Plan {
	return engine.Plan{Key: key, Evidence: map[int32]int{0: 1}, Members: hosts(first, last)}
}

// darken has all hosts fail, but for these.
func (r *rig) darken(last int, but ...int) {
	for n := 1; n <= last; n++ {
		r.hosts.Script(host(n), refused)
	}
	r.light(but...)
}

// light has hosts answer.
func (r *rig) light(hosts ...int) {
	for _, n := range hosts {
		r.hosts.Script(host(n), probestest.Up())
	}
}

func TestAProberIsIsolatedWhenAllThatWasHealthyFails(t *testing.T) {
	tests := []struct {
		name  string
		plans []engine.Plan
		down  []int // before the network dies
		alive []int // after it
		want  bool
	}{
		{"all hosts of two groups", []engine.Plan{watches(orders, 1, 2), watches(billing, 3, 3)}, nil, nil, true},
		{"all but one of many", []engine.Plan{watches(orders, 1, 10), watches(billing, 11, 30)}, nil, []int{30}, false},
		{"two hosts only", []engine.Plan{watches(orders, 1, 1), watches(billing, 2, 2)}, nil, nil, false},
		{"one group only", []engine.Plan{watches(orders, 1, 10)}, nil, nil, false},
		{"two groups of the same hosts", []engine.Plan{watches(orders, 1, 5), withCheck(watches(billing, 1, 5))}, nil, nil, false},
		{"groups that share hosts, and one that does not", []engine.Plan{
			watches(orders, 1, 5), withCheck(watches(billing, 1, 5)), watches(stock, 6, 6),
		}, nil, nil, true},
		{"a group that watches the hosts of both others", []engine.Plan{
			watches(orders, 1, 2), watches(billing, 3, 4), withCheck(watches(stock, 1, 4)),
		}, nil, nil, true},
		{"the rest, when most are down for long", []engine.Plan{watches(orders, 1, 10), watches(billing, 11, 12)}, []int{1, 2, 3, 4, 5, 6, 7, 8}, nil, true},
		{"too few left, when most are down for long", []engine.Plan{watches(orders, 1, 10), watches(billing, 11, 11)}, []int{1, 2, 3, 4, 5, 6, 7, 8, 9}, nil, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				for _, n := range tt.down {
					r.hosts.Script(host(n), refused)
				}
				for _, p := range tt.plans {
					r.apply(t, p)
				}
				pass(20 * interval)
				if r.Network(orders).Isolated {
					t.Fatal("isolated before the network dies")
				}
				r.darken(30, tt.alive...)
				for range 200 { // two windows of three failures and more
					pass(50 * time.Millisecond)
					if !tt.want && r.Network(orders).Isolated {
						t.Fatal("isolated")
					}
				}
				if got := r.Network(orders).Isolated; got != tt.want {
					t.Errorf("isolated %t, want %t", got, tt.want)
				}
				gauge := map[string]float64{"": 0}
				if tt.want {
					gauge[""] = 1
				}
				wantSeries(t, r, "prober_isolated", gauge)
			})
		})
	}
}

// withCheck asks the hosts something else.
func withCheck(p engine.Plan) engine.Plan {
	for i := range p.Members {
		withOtherCheck(&p.Members[i])
	}
	return p
}

// isolated watches ten hosts of two groups and lets the network die for five minutes.
func (r *rig) isolated(t *testing.T) {
	t.Helper()
	r.apply(t, watches(orders, 1, 5))
	r.apply(t, watches(billing, 6, 10))
	pass(20 * interval)
	r.forgetTold()
	r.darken(10)
	pass(5 * time.Minute)
	if !r.Network(orders).Isolated || !r.Network(billing).Isolated {
		t.Fatal("not isolated")
	}
}

func TestIsolationEndsByTheFirstSuccessAndCondemnsNobody(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.isolated(t)
		r.forgetTold()
		r.hosts.ScriptAll(probestest.Up())
		r.light(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
		back := time.Now()
		for r.Network(orders).Isolated {
			pass(time.Millisecond)
		}
		if took := time.Since(back); took > interval {
			t.Errorf("isolated for %s after the network is back", took)
		}
		for _, key := range []engine.Key{orders, billing} {
			if len(r.changes(key, back)) == 0 {
				t.Errorf("%s is not told", key.Name)
			}
		}
		for range 5000 {
			network := r.Network(orders)
			for id, v := range r.Verdicts(orders) {
				if v.Proven(thresholds) || network.Corroborates(v) {
					t.Fatalf("%s is condemned %s after the network is back: proven %t, vouched %t",
						id.Address, time.Since(back), v.Proven(thresholds), network.Corroborates(v))
				}
			}
			pass(time.Millisecond)
		}
	})
}

func TestANetworkThatGoesAwayAgainAtOnceIsIsolationAgain(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.isolated(t)
		r.light(3)
		for r.Network(billing).Isolated {
			pass(time.Millisecond)
		}
		r.darken(10)
		for range 10_000 {
			network := r.Network(billing)
			for id, v := range r.Verdicts(billing) {
				if v.Proven(thresholds) && network.Corroborates(v) {
					t.Fatalf("%s is condemned", id.Address)
				}
			}
			pass(time.Millisecond)
		}
		if !r.Network(billing).Isolated {
			t.Error("not isolated again")
		}
	})
}

func TestIsolationIsToldToGroupsThatFailOnly(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		asksNothing := watches(stock, 20, 21)
		for i := range asksNothing.Members {
			asksNothing.Members[i].Check = none
		}
		r.apply(t, asksNothing)
		r.isolated(t)
		r.light(1)
		pass(10 * interval)
		if told := r.changes(stock, time.Time{}); len(told) > 0 {
			t.Errorf("a group that asks nothing is told after %s", told)
		}
		// Five verdicts, the beginning and the end, the host that is back, and what waits for evidence.
		if told := r.changes(billing, time.Time{}); len(told) < 7 || len(told) > 20 {
			t.Errorf("told %d times", len(told))
		}
	})
}

func TestAPlanThatChangesDoesNotEndIsolation(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.isolated(t)
		r.apply(t, watches(stock, 20, 29))
		r.hosts.ScriptAll(refused)
		r.apply(t, watches(orders, 1, 1))
		r.Forget(billing)
		if !r.Network(orders).Isolated {
			t.Error("ended by a change of plans")
		}
	})
}

func TestBrokenProbesNeitherBeginNorEndIsolation(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.apply(t, watches(orders, 1, 5))
		r.apply(t, watches(billing, 6, 10))
		r.settle()
		for n := 1; n <= 10; n++ {
			r.hosts.Script(host(n), probestest.Broken())
		}
		pass(time.Minute)
		if r.Network(orders).Isolated {
			t.Error("isolated by probes that were not carried out")
		}
		r.darken(10)
		pass(time.Minute)
		if !r.Network(orders).Isolated {
			t.Fatal("not isolated")
		}
		for n := 1; n <= 10; n++ {
			r.hosts.Script(host(n), probestest.Broken())
		}
		pass(time.Minute)
		if !r.Network(orders).Isolated {
			t.Error("ended by probes that were not carried out")
		}
	})
}

// The answer was on its way when the network died, and comes when all others have
// failed already.
func TestAStragglerIsNoSignOfLife(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		patient := &probes.Check{Timeout: time.Minute, TCP: &probes.TCP{}}
		p := watches(billing, 11, 12)
		p.Members[1].Check = patient
		r.apply(t, watches(orders, 1, 10))
		r.apply(t, p)
		r.settle()
		r.hosts.Script(host(12), slow(10*time.Second), hanging)
		sent := r.nextStart(12)
		r.darken(11)
		pass(9 * time.Second)
		if !r.Network(orders).Isolated {
			t.Fatal("not isolated when eleven of twelve fail, and the last is being asked")
		}
		pass(time.Until(sent.Add(11 * time.Second)))
		if !r.Network(orders).Isolated {
			t.Error("ended by an answer to what was asked before the network died")
		}
	})
}

// The twin of isolation: 90 % of all hosts are of one site, and the site dies.
func TestADeadSiteIsNotADeadProber(t *testing.T) {
	for _, answer := range []probestest.Answer{refused, hanging} {
		inBubble(t, func(t *testing.T, r *rig) {
			const live = 41
			for i, key := range []engine.Key{orders, billing, stock, {Namespace: "shop", Name: "mail"}} {
				p := watches(key, 10*i+1, 10*i+10)
				if key == orders {
					p.Members = append(p.Members, member(live))
				}
				r.apply(t, p)
			}
			pass(20 * interval)
			for n := 1; n <= 40; n++ {
				r.hosts.Script(host(n), answer)
			}
			for range 4000 {
				pass(time.Millisecond)
				if r.Network(orders).Isolated {
					t.Fatal("isolated")
				}
			}
			for n := 1; n <= 10; n++ {
				if !r.verdict(n).Proven(thresholds) || !health.Confirms(r.verdict(live), r.verdict(n)) {
					t.Errorf("host %d is still in", n)
				}
			}
			for id, v := range r.Verdicts(stock) {
				if !v.Proven(thresholds) || !r.Network(stock).Corroborates(v) {
					t.Errorf("%s is not known to be down", id.Address)
				}
			}
		})
	}
}

// Whoever ended the isolation is nobody from elsewhere to its own group: a host of it
// that died before still waits for that.
func TestADeadHostIsToldByASuccessElsewhereAfterItsOwnGroupEndedTheIsolation(t *testing.T) {
	own, elsewhere := watches(orders, 1, 2), watches(billing, 3, 10)
	own.Members[0].Interval = time.Hour    // it will not ask again by itself
	own.Members[1].Thresholds.Rise = 1_000 // nobody is back in its group for now
	for i := range elsewhere.Members {
		elsewhere.Members[i].Interval = time.Minute // nobody there answers between the two deaths
	}
	inBubble(t, func(t *testing.T, r *rig) {
		r.apply(t, own)
		r.apply(t, elsewhere)
		pass(2 * time.Minute)
		r.darken(1)
		for r.verdict(1).State != health.Unhealthy {
			pass(100 * time.Millisecond)
		}
		pass(interval) // the other answers once more, so that this is no part of an outage
		if r.Network(orders).Corroborates(r.verdict(1)) {
			t.Fatal("vouched for when its own group can tell")
		}
		r.darken(10)
		pass(time.Minute)
		if !r.Network(orders).Isolated {
			t.Fatal("not isolated")
		}
		r.light(2)
		for r.Network(orders).Isolated {
			pass(time.Millisecond)
		}
		if r.Network(orders).Corroborates(r.verdict(1)) {
			t.Fatal("vouched for by its own group")
		}
		r.forgetTold()
		r.light(3)
		for !r.Network(orders).Corroborates(r.verdict(1)) {
			pass(time.Millisecond)
		}
		if len(r.changes(orders, time.Time{})) == 0 {
			t.Error("not told")
		}
	})
}
