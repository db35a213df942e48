package engine_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/engine"
)

// BenchmarkOutage is what a probe costs while all of ten thousand hosts fail for good:
// of one group that has them all, and of a thousand.
func BenchmarkOutage(b *testing.B) {
	for _, groups := range []int{1, 1000} {
		b.Run(fmt.Sprintf("%d groups", groups), func(b *testing.B) {
			s := stepper{started: make(chan engine.Probe, 10_000)}
			e := newBench(s)
			each := 10_000 / groups
			for group := range groups {
				p := engine.Plan{
					Key: engine.Key{Namespace: "shop", Name: fmt.Sprint(group)}, Evidence: map[int32]int{0: 1},
					Members: hosts(group*each, group*each+each-1),
				}
				for i := range p.Members {
					p.Members[i].Interval, p.Members[i].FastInterval = time.Microsecond, time.Microsecond
				}
				if err := e.Apply(p); err != nil {
					b.Fatal(err)
				}
			}
			stop := run(b, e)
			answer := func() {
				probe := <-s.started
				probe.Done(time.Now(), probes.Failed(probes.Reset))
			}
			for range 50_000 {
				answer() // until all have fallen
			}
			b.ReportAllocs()
			for b.Loop() {
				answer()
			}
			b.StopTimer()
			go func() {
				for probe := range s.started {
					probe.Done(time.Now(), probes.Broken(context.Canceled))
				}
			}()
			stop()
			close(s.started)
		})
	}
}
