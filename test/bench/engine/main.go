// Command engine is the engine as the product uses it, with verdicts, metrics and
// shared targets, and nothing else: bench measures it from outside.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"os"
	"runtime/debug"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/compile"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/epoll"
	"github.com/external-endpoints/operator/probes/netprobe"
	"github.com/external-endpoints/operator/test/bench/role"
)

func main() {
	var o role.Options
	o.Read(flag.CommandLine)
	flag.Parse()
	if err := probe(o); err != nil {
		fmt.Fprintln(os.Stderr, "engine:", err)
		os.Exit(1)
	}
}

// probe runs the engine as the product does: verdicts, metrics and shared targets.
func probe(o role.Options) error {
	debug.SetGCPercent(50) // as the operator does
	var runner engine.Runner = engine.NewGoroutines()
	if !o.Goroutines {
		var err error
		if runner, err = epoll.New(runner); err != nil {
			return err
		}
	}
	dialer := netprobe.NewDialer(func(netip.Addr) error { return nil })
	w := &watcher{woken: make(chan engine.Key, 1000), broken: map[string]int{}}
	w.engine = engine.New(engine.Options{
		Compile:       func(c probes.Check) (probes.Prober, error) { return compile.Prober(c, dialer) },
		Runner:        runner,
		Observer:      w,
		MaxHostSeries: 10_000,
		Registerer:    prometheus.NewRegistry(),
	})
	for first := 0; first < o.Targets; first += hostsEach {
		if err := w.engine.Apply(plan(o, first, min(first+hostsEach, o.Targets))); err != nil {
			return err
		}
	}
	go w.tell()
	fmt.Println("ready")
	ctx, cancel := context.WithCancel(context.Background())
	go func() { _, _ = io.Copy(io.Discard, os.Stdin); cancel() }()
	err := w.engine.Run(ctx)
	for reason, count := range w.broken {
		fmt.Printf("broken %d %s\n", count, reason)
	}
	return err
}
