package main

import (
	"context"
	"fmt"
	"time"
)

// publishing is what becomes of 1,000 objects of ten hosts: how they are published when
// they come at once, what they take when nothing happens, how fast it is told of a host
// that turns, and while others are applied; and last, without the operator, what the API
// server takes by itself.
func (b *bench) publishing(ctx context.Context) (err error) {
	objects := 1000
	if b.quick {
		objects = 200
	}
	w, err := newWorld(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if stopping := w.stop(); err == nil {
			err = stopping
		}
	}()
	start, err := b.coldStart(ctx, w, objects)
	if err != nil {
		return err
	}
	if err := b.rest(ctx, w, objects); err != nil {
		return err
	}
	latencies, err := b.transitions(ctx, w, objects)
	if err != nil {
		return err
	}
	if err := b.rush(ctx, w, objects); err != nil {
		return err
	}
	if err := w.operator.Stop(); err != nil {
		return err
	}
	return b.againstRaw(ctx, w, objects, start, latencies)
}

// cold is what a cold start took.
type cold struct {
	took time.Duration
	// server is the CPU time that the API server and etcd used for it.
	server time.Duration
	// writes of the operator until everything was published, by verb and resource.
	writes map[string]int
}

func (b *bench) coldStart(ctx context.Context, w *world, objects int) (cold, error) {
	fmt.Printf("\n%d objects of %d hosts applied at once\n", objects, hostsEach)
	began, used, server := time.Now(), w.cpu(), w.serverCPU()
	if err := w.apply(ctx, 0, objects, crowd); err != nil {
		return cold{}, err
	}
	applied := time.Now()
	published, err := w.slices.await(ctx, objects*hostsEach, 3*time.Minute)
	if err != nil {
		return cold{}, err
	}
	note("applied after, s", applied.Sub(began).Seconds())
	for _, part := range []int{50, 90} {
		note(fmt.Sprintf("%d %% published after, s", part), w.slices.quantile(part).Sub(began).Seconds())
	}
	note("all published after, s", published.Sub(began).Seconds())
	note("CPU of the operator, s", (w.cpu() - used).Seconds())
	c := cold{took: published.Sub(began), server: w.serverCPU() - server}
	c.writes, err = w.writes(began, published)
	fmt.Println("  its writes until then:", listed(c.writes))
	return c, err
}

// rest is what is used when nothing happens, probes aside.
func (b *bench) rest(ctx context.Context, w *world, objects int) error {
	if err := w.awaitQuiet(ctx, 5*time.Second, time.Minute); err != nil {
		return err
	}
	fmt.Printf("\n%d objects of %d hosts at rest, each probed every 5 s\n", objects, hostsEach)
	window := 15 * time.Second
	began, used := time.Now(), w.cpu()
	for ended := began.Add(window); time.Now().Before(ended); {
		if _, err := w.operator.Metrics(ctx); err != nil { // as Prometheus would
			return err
		}
		select {
		case <-time.After(5 * time.Second):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	took := time.Since(began)
	counts, err := w.writes(began, time.Time{})
	if err != nil {
		return err
	}
	now, highest := w.memory()
	b.bound(fmt.Sprintf("writes to the API server in %s", window), float64(total(counts)), 0, 0)
	b.bound("memory of the operator, MiB", now, 150, 100)
	note("memory at its highest, MiB", highest)
	note("CPU of the operator, % of a core", 100*(w.cpu()-used).Seconds()/took.Seconds())
	return nil
}
