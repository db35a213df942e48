package main

import (
	"context"
	"fmt"
	"time"
)

// start is what it took until many objects that were applied at once were published.
type start struct {
	took time.Duration
	// server is the CPU time that the API server and etcd used for it.
	server time.Duration
	// writes of the operator until everything was published, by verb and resource.
	writes map[string]int
	// alone is what the same writes took a client that does nothing else.
	alone time.Duration
}

func (b *bench) coldStart(ctx context.Context, w *world, objects int) (start, error) {
	fmt.Printf("\n%d objects of %d hosts applied at once\n", objects, hostsEach)
	began, used, server := time.Now(), w.cpu(), w.serverCPU()
	if err := w.apply(ctx, 0, objects, crowd); err != nil {
		return start{}, err
	}
	applied := time.Now()
	published, err := w.slices.await(ctx, objects*hostsEach, 3*time.Minute)
	if err != nil {
		return start{}, err
	}
	note("applied after, s", applied.Sub(began).Seconds())
	for _, part := range []int{50, 90} {
		note(fmt.Sprintf("%d %% published after, s", part), w.slices.quantile(part).Sub(began).Seconds())
	}
	note("all published after, s", published.Sub(began).Seconds())
	note("CPU of the operator, s", (w.cpu() - used).Seconds())
	s := start{took: published.Sub(began), server: w.serverCPU() - server}
	s.writes, err = w.writes(began, published)
	fmt.Println("  its writes until then:", listed(s.writes))
	return s, err
}

// alone ends the operator, and measures what its writes take a client that does nothing
// else. It returns what was written.
func (b *bench) alone(ctx context.Context, w *world, objects int, s *start) ([]*raw, error) {
	if err := w.operator.Stop(); err != nil {
		return nil, err
	}
	crowd := make([]*raw, objects)
	for n := range crowd {
		crowd[n] = newRaw(w.client, n)
	}
	fmt.Printf("\nthe API server by itself, %d writers\n", writers)
	server := w.serverCPU()
	var err error
	if s.alone, err = writeAll(ctx, crowd, s.writes); err != nil {
		return nil, err
	}
	note("the writes of the cold start, s", s.alone.Seconds())
	note("writes a second", float64(total(s.writes)+objects)/s.alone.Seconds())
	note("time to all published over that", s.took.Seconds()/s.alone.Seconds())
	note("the same in CPU time of API server and etcd", s.server.Seconds()/(w.serverCPU()-server).Seconds())
	return crowd, nil
}

// reportStarts holds the least that a start took to the least that its writes took.
func (b *bench) reportStarts(starts []start) {
	took, alone := starts[0].took, starts[0].alone
	for _, s := range starts[1:] {
		took, alone = min(took, s.took), min(alone, s.alone)
	}
	fmt.Printf("\n%d cold starts\n", len(starts))
	b.bound("time to all published over the writes alone, the least of each", took.Seconds()/alone.Seconds(), 1.3, 1)
}
