package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/external-endpoints/operator/test/bench/role"
	"github.com/external-endpoints/operator/test/framework/programs"
)

// setting is one thing to be measured with every prober.
type setting struct {
	kind    string
	targets int
}

func (s setting) String() string { return fmt.Sprintf("%s, %d targets", s.kind, s.targets) }

// probers are interleaved, so that what else the machine does hits all of them.
var probers = []string{"engine", "haproxy", "raw"}

// costs measures every setting with every prober, runs times.
func (b *bench) costs() error {
	programs.AddSystemPath()
	tool := programs.Tool{Command: "haproxy", DebianPackage: "haproxy"}
	programs.Install(context.Background(), os.Stderr, tool)
	if err := tool.Require(); err != nil {
		return err
	}
	directory, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(directory)
	samples := map[setting]map[string][]sample{}
	var settings []setting
	for _, targets := range b.sizes {
		for _, kind := range []string{"tcp", "http"} {
			settings = append(settings, setting{kind, targets})
		}
	}
	for range b.runs {
		for _, s := range settings {
			for _, prober := range probers {
				o := b.options(s)
				p, err := b.start(prober, directory, o)
				if err != nil {
					return err
				}
				got := b.window.observe(b.see, p, o, 0)
				p.stop()
				if samples[s] == nil {
					samples[s] = map[string][]sample{}
				}
				samples[s][prober] = append(samples[s][prober], got)
			}
		}
	}
	for _, s := range settings {
		b.reportCosts(s, samples[s])
	}
	return nil
}

func (b *bench) options(s setting) role.Options {
	return role.Options{
		Kind: s.kind, Port: wellPort, Targets: s.targets, Interval: time.Second, Fast: 200 * time.Millisecond, Timeout: time.Second,
		Goroutines: b.goroutines,
	}
}

func (b *bench) start(prober, directory string, o role.Options) (*process, error) {
	switch prober {
	case "engine":
		return startEngine(o)
	case "haproxy":
		return haproxy(directory, o)
	default:
		return ourselves(prober, o)
	}
}

// reportCosts prints what a setting cost, and holds the engine to its bounds.
func (b *bench) reportCosts(s setting, of map[string][]sample) {
	fmt.Printf("\n%s at 1 s\n%-10s %26s %9s %22s %14s %7s\n", s, "", "µs CPU/probe min/med/max", "RSS MiB", "gap error p50/p99 ms", "peak/mean 10ms", "rate")
	for _, prober := range probers {
		cpu := spreadOf(of[prober], func(s sample) float64 { return s.cpu })
		fmt.Printf("%-10s %26s %9.1f %11.2f /%9.2f %14.2f %7.3f\n", prober, cpu,
			spreadOf(of[prober], func(s sample) float64 { return s.memory }).median,
			spreadOf(of[prober], func(s sample) float64 { return s.gapP50 }).median,
			spreadOf(of[prober], func(s sample) float64 { return s.gapP99 }).median,
			spreadOf(of[prober], func(s sample) float64 { return s.peak }).median,
			spreadOf(of[prober], func(s sample) float64 { return s.rate }).median)
	}
	least := func(prober string, of2 func(sample) float64) float64 { return spreadOf(of[prober], of2).min }
	cpu := func(s sample) float64 { return s.cpu }
	bounds := map[int][2]float64{10_000: {1.2, 0.85}, 1000: {1.2, 0.8}, 100: {1.6, 1.2}}
	if bound, known := bounds[s.targets]; known {
		b.bound("CPU a probe over HAProxy's, "+s.String(), least("engine", cpu)/least("haproxy", cpu), bound[0], bound[1])
	}
	b.note("CPU a probe over the raw loop's, "+s.String(), least("engine", cpu)/least("raw", cpu))
	if s.targets == 10_000 {
		memory := func(s sample) float64 { return s.memory }
		b.bound("memory over HAProxy's, "+s.String(), least("engine", memory)/least("haproxy", memory), 0.4, 0.2)
		b.bound("gap error p99, ms, "+s.String(), least("engine", func(s sample) float64 { return s.gapP99 }), 5, 2)
		b.bound("peak over mean in 10 ms, "+s.String(), least("engine", func(s sample) float64 { return s.peak }), 1.5, 1.1)
	}
}
