package main

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
	"github.com/external-endpoints/operator/probes/loop"
)

// hostsEach is how many hosts an object has.
const hostsEach = 10

// watcher says on standard output which hosts go down and come up, as a controller
// would publish it.
type watcher struct {
	engine *engine.Engine
	woken  chan engine.Key
	mu     sync.Mutex
	broken map[string]int
}

// Changed implements [engine.Observer].
func (w *watcher) Changed(key engine.Key) { w.woken <- key }

// Broken implements [engine.Observer].
func (w *watcher) Broken(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.broken[err.Error()]++
}

func (w *watcher) tell() {
	down := map[engine.MemberID]bool{}
	for key := range w.woken {
		for id, verdict := range w.engine.Verdicts(key) {
			is := verdict.State == health.Unhealthy
			if is == down[id] {
				continue
			}
			fmt.Printf("%s %s\n", verdict.State, id.Address)
			if is {
				down[id] = true
			} else {
				delete(down, id)
			}
		}
	}
}

// probe runs the engine as the product does: verdicts, metrics and shared targets.
func probe(o roleOptions) error {
	debug.SetGCPercent(50) // as the operator does
	var runner engine.Runner = engine.NewGoroutines()
	if !o.goroutines {
		var err error
		if runner, err = loop.New(runner); err != nil {
			return err
		}
	}
	dialer := probes.NewDialer(func(netip.Addr) error { return nil })
	w := &watcher{woken: make(chan engine.Key, 1000), broken: map[string]int{}}
	w.engine = engine.New(engine.Options{
		Compile:       func(c probes.Check) (probes.Prober, error) { return probes.Compile(c, dialer) },
		Runner:        runner,
		Observer:      w,
		MaxHostSeries: 10_000,
		Registerer:    prometheus.NewRegistry(),
	})
	for first := 0; first < o.targets; first += hostsEach {
		if err := w.engine.Apply(o.plan(first, min(first+hostsEach, o.targets))); err != nil {
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

func (o roleOptions) plan(first, end int) engine.Plan {
	check := o.check()
	plan := engine.Plan{Key: engine.Key{Namespace: "bench", Name: fmt.Sprint(first)}, Evidence: map[int32]int{0: 1}}
	for n := first; n < end; n++ {
		port := o.port
		if n < o.dying {
			port = o.deadPort
		}
		plan.Members = append(plan.Members, engine.Member{
			ID:     engine.MemberID{Address: host(n), Port: "web"},
			Target: netip.AddrPortFrom(host(n), uint16(port)), Check: check, Witness: true,
			Interval: o.interval, FastInterval: o.fast, Thresholds: health.Thresholds{Rise: 2, Fall: 3},
			Initial: health.TakenOver(health.Healthy, time.Now(), ""),
		})
	}
	return plan
}

func (o roleOptions) check() *probes.Check {
	secure := probes.ClientTLS{ServerName: securedName, CABundle: o.bundle}
	page := &probes.HTTP{Method: "GET", Path: "/", Statuses: []probes.StatusRange{{First: 200, Last: 399}}}
	switch o.kind {
	case "http":
		return &probes.Check{Timeout: o.timeout, HTTP: page}
	case "https":
		page.TLS = &secure
		return &probes.Check{Timeout: o.timeout, HTTP: page}
	case "tls":
		return &probes.Check{Timeout: o.timeout, TLS: &probes.TLS{ClientTLS: secure}}
	case "grpcs":
		return &probes.Check{Timeout: o.timeout, GRPC: &probes.GRPC{TLS: &secure}}
	case "grpc":
		return &probes.Check{Timeout: o.timeout, GRPC: &probes.GRPC{}}
	default:
		return &probes.Check{Timeout: o.timeout, TCP: &probes.TCP{}}
	}
}
