package engine_test

import (
	"testing"
	"time"

	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
)

// A network that dies and comes back, with too few hosts for anybody to take the prober
// for isolated: the first who answers is a host of the same group, and those elsewhere
// have not been asked again. That they went down in the dark does not make them nobody.
func TestWhoWentDownInTheDarkIsSomebodyToAsk(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		down := func(m *engine.Member) { m.Initial = health.TakenOver(health.Unhealthy, time.Time{}, "Timeout") }
		often := func(m *engine.Member) { m.Interval, m.FastInterval = fastInterval, fastInterval }
		elsewhere := plan(but(member(2), fallsAtOnce))
		elsewhere.Key = billing
		r.hosts.Script(host(3), refused)
		r.apply(t, plan(but(member(1), fallsAtOnce), but(but(member(3), down), often)))
		r.apply(t, elsewhere)
		r.settle()
		r.hosts.Script(host(1), refused)
		r.hosts.Script(host(2), refused)
		pass(2 * interval)
		if r.Network(orders).Alone {
			t.Fatal("alone in the dark")
		}
		r.nextStart(2)
		r.hosts.Script(host(3)) // is up again
		r.nextStart(3)
		if r.Network(orders).Alone {
			t.Error("alone, and the host elsewhere has not been asked again")
		}
		pass(2 * interval)
		if !r.Network(orders).Alone {
			t.Error("not alone, and the host elsewhere is down though the network is there")
		}
	})
}

// A host that owes more successes than it has had yet answers all the same: when the
// network dies again, and nobody has been asked since, there is somebody to ask.
func TestWhoAnswersIsSomebodyToAskThoughNotHealthyYet(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		often := func(m *engine.Member) { m.Interval, m.FastInterval = fastInterval, fastInterval }
		elsewhere := plan(but(member(2), func(m *engine.Member) { m.Thresholds = health.Thresholds{Rise: 100, Fall: 1} }))
		elsewhere.Key = billing
		r.apply(t, plan(but(but(member(1), fallsAtOnce), often)))
		r.apply(t, elsewhere)
		r.settle()
		for outage := range 3 {
			r.darken(2)
			pass(2 * interval)
			r.light(1, 2)
			r.nextStart(1)
			if r.Network(orders).Alone {
				t.Errorf("alone after outage %d, and the host elsewhere has not been asked again", outage)
			}
			pass(2 * interval)
			if r.Network(orders).Alone {
				t.Errorf("alone after outage %d, and the host elsewhere answers", outage)
			}
		}
		r.darken(2, 1)
		pass(4 * interval)
		if !r.Network(orders).Alone {
			t.Error("not alone, and the host elsewhere is down though the network is there")
		}
	})
}
