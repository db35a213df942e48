package engine_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/engine"
)

// stepper is a runner that ends probes one by one, as the benchmark asks for them.
type stepper struct{ started chan engine.Probe }

func (s stepper) Start(_ context.Context, probe engine.Probe) { s.started <- probe }

// deaf is an observer that does not listen.
type deaf struct{}

func (deaf) Changed(engine.Key) {}
func (deaf) Lost(engine.Key)    {}
func (deaf) Broken(error)       {}

// newBench returns an engine that is not running yet.
func newBench(runner engine.Runner) *engine.Engine {
	return engine.New(engine.Options{
		Compile:  func(probes.Check) (probes.Prober, error) { return &counting{}, nil },
		Runner:   runner,
		Observer: deaf{},
	})
}

// run runs the engine until stop is called.
func run(b *testing.B, e *engine.Engine) (stop func()) {
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = e.Run(ctx)
	}()
	return func() { cancel(); <-ended }
}

// eager watches ten hosts for each of a thousand groups, so often that one of them
// is always due.
func eager(b *testing.B, e *engine.Engine) {
	for group := range 1000 {
		p := engine.Plan{Key: engine.Key{Namespace: "shop", Name: fmt.Sprint(group)}, Evidence: map[int32]int{0: 1}, Members: hosts(group*10, group*10+9)}
		for i := range p.Members {
			p.Members[i].Interval, p.Members[i].FastInterval = time.Microsecond, time.Microsecond
		}
		if err := e.Apply(p); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkProbe is what the engine itself costs for each probe: taking it from the
// queue, starting it, counting, judging and planning the next.
func BenchmarkProbe(b *testing.B) {
	for name, outcome := range map[string]probes.Outcome{"success": probes.Succeeded(), "failure": probes.Failed(probes.Reset)} {
		b.Run(name, func(b *testing.B) {
			s := stepper{started: make(chan engine.Probe, 10_000)}
			e := newBench(s)
			eager(b, e)
			stop := run(b, e)
			b.ReportAllocs()
			for b.Loop() {
				probe := <-s.started
				probe.Done(time.Now(), outcome)
			}
			b.StopTimer()
			go func() {
				for probe := range s.started {
					probe.Done(time.Now(), outcome)
				}
			}()
			stop()
			close(s.started)
		})
	}
}

func BenchmarkApplyUnchanged(b *testing.B) {
	e, p := newBench(engine.Goroutines{}), plan(hosts(1, 1000)...)
	b.ReportAllocs()
	for b.Loop() {
		if err := e.Apply(p); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkApplyNew(b *testing.B) {
	e, p := newBench(engine.Goroutines{}), plan(hosts(1, 1000)...)
	b.ReportAllocs()
	for b.Loop() {
		if err := e.Apply(p); err != nil {
			b.Fatal(err)
		}
		e.Forget(p.Key)
	}
}

func BenchmarkVerdicts(b *testing.B) {
	e, p := newBench(engine.Goroutines{}), plan(hosts(1, 1000)...)
	if err := e.Apply(p); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		e.Verdicts(p.Key)
	}
}

// BenchmarkMemory is what one target costs at rest.
func BenchmarkMemory(b *testing.B) {
	const targets = 10_000
	for b.Loop() {
		p := plan(hosts(1, targets)...)
		before := heap()
		e := newBench(engine.Goroutines{})
		if err := e.Apply(p); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(heap()-before)/targets, "B/target")
		runtime.KeepAlive(p)
		runtime.KeepAlive(e)
	}
}

func heap() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
