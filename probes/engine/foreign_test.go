package engine_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/external-endpoints/operator/probes/engine"
)

func TestWhatTheNetworkIsSeenFromOneGroup(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		if n := r.Network(orders); !n.Alone || n.Isolated || !n.LastSuccess.IsZero() {
			t.Errorf("of an unknown group: %+v", n)
		}
		r.apply(t, watches(orders, 1, 5))
		r.settle()
		if n := r.Network(orders); !n.Alone || !n.LastSuccess.IsZero() {
			t.Errorf("of the only group: %+v", n)
		}
		r.apply(t, withCheck(watches(billing, 1, 5)))
		r.settle()
		if n := r.Network(orders); !n.Alone || !n.LastSuccess.IsZero() {
			t.Errorf("with another group of the same hosts: %+v", n)
		}
		r.apply(t, watches(stock, 5, 6))
		if n := r.Network(orders); n.Alone || !n.LastSuccess.IsZero() {
			t.Errorf("with another host that was not probed yet: %+v", n)
		}
		probed := r.nextStart(6)
		synctest.Wait()
		if n := r.Network(orders); n.Alone || !n.LastSuccess.Equal(probed) {
			t.Errorf("with another host probed at %s: %+v", probed, n)
		}
		r.hosts.Script(host(6), refused)
		pass(5 * interval)
		if n := r.Network(orders); !n.Alone {
			t.Errorf("with another host that is down: %+v", n)
		}
		r.light(6)
		pass(5 * interval)
		r.Forget(stock)
		if n := r.Network(orders); !n.Alone || !n.LastSuccess.IsZero() {
			t.Errorf("after the other host was forgotten: %+v", n)
		}
	})
}

func TestEvidenceIsSoughtElsewhereWhenAGroupHasNoneLeft(t *testing.T) {
	rarely := func(p engine.Plan) engine.Plan {
		for i := range p.Members {
			p.Members[i].Interval = time.Minute
		}
		return p
	}
	inBubble(t, func(t *testing.T, r *rig) {
		const rtt = 5 * time.Millisecond
		r.apply(t, watches(orders, 1, 1))
		r.apply(t, rarely(watches(billing, 2, 12)))
		pass(2 * time.Minute)
		r.forgetTold()
		for n := 2; n <= 12; n++ {
			r.hosts.Script(host(n), slow(rtt))
		}
		calls := r.hosts.TotalCalls() - r.hosts.Calls(host(1))
		began := r.failNext(1, refused)
		down := 2 * fastInterval
		pass(down + interval/4)

		if told := r.changes(orders, began); len(told) != 2 || told[0] != down || told[1] != down+fastInterval {
			t.Errorf("told after %s, want at the fall, and when it has failed after it was vouched for", told)
		}
		if !r.Network(orders).Corroborates(r.verdict(1)) {
			t.Error("not vouched for")
		}
		if got := r.hosts.TotalCalls() - r.hosts.Calls(host(1)) - calls; got < 3 || got > 4 {
			t.Errorf("%d probes of others, want 3", got)
		}
	})
}

func TestAGroupIsToldWhenNobodyElseIsLeft(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.apply(t, watches(orders, 1, 1))
		r.apply(t, watches(billing, 2, 2))
		r.settle()
		r.darken(2)
		pass(10 * interval)
		if r.Network(orders).Corroborates(r.verdict(1)) {
			t.Fatal("vouched for by nobody")
		}
		r.forgetTold()
		r.Forget(billing)
		synctest.Wait()
		if len(r.changes(orders, time.Time{})) != 1 || !r.Network(orders).Corroborates(r.verdict(1)) {
			t.Error("not told that nobody is left to ask")
		}
	})
}
