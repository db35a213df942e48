package engine_test

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/engine"
)

// flipping is a prober whose answers change all the time.
type flipping struct{ counting }

func (f *flipping) Probe(ctx context.Context, target netip.AddrPort) probes.Outcome {
	f.counting.Probe(ctx, target)
	switch n := f.probes.Load(); {
	case n%7 == 0:
		return probes.Broken(context.Canceled)
	case n%16 < 7:
		return probes.Failed(probes.Reset)
	default:
		return probes.Succeeded()
	}
}

// busyPlan is the n-th plan of a group; they differ in all that a plan can change.
func busyPlan(key engine.Key, n int) engine.Plan {
	p := engine.Plan{Key: key, Evidence: map[int32]int{0: n % 3}}
	for i := range 20 {
		if (n+i)%5 == 0 {
			continue
		}
		p.Members = append(p.Members, but(member(i), func(m *engine.Member) {
			m.Interval, m.FastInterval = time.Duration(1+(n+i)%3)*10*time.Millisecond, time.Millisecond
			m.Thresholds.Fall = 1 + n%2
			m.Witness = (n+i)%4 > 0
			m.Check = []*probes.Check{tcp, otherCheck, none}[(n+i/7)%3]
		}))
	}
	return p
}

// For the race detector, and for what must be left when all of it is over: nothing.
func TestEverythingMayBeCalledAtTheSameTime(t *testing.T) {
	answers := &flipping{}
	flip := func(o *engine.Options) {
		o.Compile = func(probes.Check) (probes.Prober, error) { return answers, nil }
		o.MaxProbesPerSecond = 5000
	}
	inBubbleWith(t, flip, func(t *testing.T, r *rig) {
		var callers sync.WaitGroup
		for caller := range 4 {
			key := engine.Key{Namespace: "shop", Name: fmt.Sprint(caller / 2)} // two callers share a key
			callers.Go(func() {
				for n := range 100 {
					if err := r.Apply(busyPlan(key, n+caller)); err != nil {
						t.Error(err)
					}
					<-time.After(3 * time.Millisecond) // a group lives for several of the slots in which probes start
					r.Verdicts(key)
					if n%20 == 19 {
						r.Forget(key)
					}
				}
			})
		}
		callers.Go(func() {
			for range 60 {
				gather(t, r.registry)
				<-time.After(5 * time.Millisecond)
			}
		})
		callers.Wait()
		synctest.Wait()

		if answers.probes.Load() == 0 {
			t.Error("nothing was probed")
		}
		wantSeries(t, r, "engine_targets", map[string]float64{"": 0})
		wantSeries(t, r, "engine_inflight", map[string]float64{"": 0})
		wantSeries(t, r, "probes_total", map[string]float64{})
	})
}
