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

// losses says of each change that was told whether a host might go out by it, and
// forgets them.
func (r *rig) losses() []bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []bool
	for _, c := range r.changed {
		all = append(all, c.loss)
	}
	r.changed = nil
	return all
}

func TestLossesAreToldApart(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		unknown := func(m *engine.Member) { m.Initial = health.Verdict{} }
		r.hosts.Script(host(3), refused)
		for _, step := range []struct {
			name string
			do   func()
			want []bool
		}{
			{"hosts taken over are as they were", func() { r.apply(t, plan(hosts(1, 2)...)) }, nil},
			{"a new one is down", func() { r.apply(t, plan(member(1), member(2), but(member(3), unknown))) }, []bool{false}},
			{"a new one is up", func() { r.apply(t, plan(member(1), member(2), but(member(4), unknown))) }, []bool{false}},
			{"one goes down", func() { r.hosts.Script(host(1), refused) }, []bool{true}},
			{"it comes back", func() { r.hosts.Script(host(1), probestest.Up()) }, []bool{false}},
		} {
			step.do()
			pass(5 * interval)
			if diff := cmp.Diff(step.want, r.losses()); diff != "" {
				t.Errorf("%s: losses (-want +got):\n%s", step.name, diff)
			}
		}
	})
}

// The first is told when the verdict falls, the second when a witness has answered: only
// then does the gate let the host go.
func TestEvidenceThatComesLateIsALoss(t *testing.T) {
	const answer = 900 * time.Millisecond
	inBubble(t, func(t *testing.T, r *rig) {
		r.hosts.Script(host(4), slow(answer))
		r.apply(t, plan(but(member(1), fallsAtOnce), but(member(4), func(m *engine.Member) {
			m.Check = &probes.Check{Timeout: interval, TCP: &probes.TCP{}}
		})))
		r.settle()
		r.failNext(1, refused)
		pass(3 * answer)
		if diff := cmp.Diff([]bool{true, true}, r.losses()); diff != "" {
			t.Errorf("losses (-want +got):\n%s", diff)
		}
	})
}

// One witness is enough, and two are one to spare: what seven more say changes nothing.
// Who is told looks at the object again, and applies the plan that he applied before.
func TestEvidenceThatChangesNothingIsNotTold(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		const seldom = 10 * time.Second
		p := plan(hosts(1, 10)...)
		for i := range p.Members {
			p.Members[i].Interval, p.Members[i].Thresholds.Fall = seldom, 2
		}
		r.apply(t, p)
		pass(3 * seldom)
		r.losses()
		r.failNext(1, refused)
		for range int(seldom/fastInterval) - 1 {
			pass(fastInterval)
			r.apply(t, p)
		}
		if diff := cmp.Diff([]bool{true, true}, r.losses()); diff != "" {
			t.Errorf("losses (-want +got):\n%s", diff)
		}
	})
}
