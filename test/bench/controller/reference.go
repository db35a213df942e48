package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// writers are as many as write at the same time for the operator, and the client that applies.
const writers = 8 + applying

// againstRaw measures what the API server takes of a client that only writes, and holds
// the operator's figures against it. The operator does not run at that time.
func (b *bench) againstRaw(ctx context.Context, crowd []*raw, latencies []latency) error {
	slowly, err := paced(ctx, crowd, 100, 5*time.Second)
	if err != nil {
		return err
	}
	note("a slice of ten at 100 a second: written after, p50 ms", quantile(slowly, 0.5))
	note("p99 ms", quantile(slowly, 0.99))
	most, err := saturated(ctx, crowd, 5*time.Second)
	if err != nil {
		return err
	}
	note("slice, Endpoints and status of one after another, writes a second", most)
	b.reportTransitions(latencies, most)
	return nil
}

// writeAll makes so many writes of each kind, shared out among the objects, and creates
// the objects.
func writeAll(ctx context.Context, crowd []*raw, counts map[string]int) (time.Duration, error) {
	counts = maps.Clone(counts)
	counts["create externalservices"] = len(crowd)
	for what := range counts {
		if !slices.Contains(order, what) {
			return 0, fmt.Errorf("the operator does %q, and the raw client cannot", what)
		}
	}
	began := time.Now()
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(writers)
	for n, r := range crowd {
		g.Go(func() error {
			for _, what := range order {
				for range share(counts[what], len(crowd), n) {
					if err := r.write(ctx, what); err != nil {
						return err
					}
				}
			}
			return nil
		})
	}
	err := g.Wait()
	return time.Since(began), err
}

// share is the n-th of parts of a whole.
func share(whole, parts, n int) int { return whole*(n+1)/parts - whole*n/parts }

// paced writes slices at a rate, on time whatever happens, and returns how long each took.
func paced(ctx context.Context, crowd []*raw, perSecond int, span time.Duration) ([]time.Duration, error) {
	var mu sync.Mutex
	var took []time.Duration
	g, ctx := errgroup.WithContext(ctx)
	began := time.Now()
	for k := range min(perSecond*int(span/time.Second), len(crowd)) {
		due := began.Add(time.Duration(k) * time.Second / time.Duration(perSecond))
		<-time.After(time.Until(due))
		g.Go(func() error {
			err := crowd[k].write(ctx, "update endpointslices")
			mu.Lock()
			defer mu.Unlock()
			took = append(took, time.Since(due))
			return err
		})
	}
	return took, g.Wait()
}

// saturated writes slices, Endpoints and status as fast as the operator's workers could,
// and returns how many writes a second that was.
func saturated(ctx context.Context, crowd []*raw, span time.Duration) (float64, error) {
	const workers = 8
	var written atomic.Int64
	began := time.Now()
	g, ctx := errgroup.WithContext(ctx)
	for worker := range workers {
		g.Go(func() error {
			for n := worker; time.Since(began) < span; n = (n + workers) % len(crowd) {
				for _, what := range []string{"update endpointslices", "update endpoints", "update externalservices/status"} {
					if err := crowd[n].write(ctx, what); err != nil {
						return err
					}
					written.Add(1)
				}
			}
			return nil
		})
	}
	err := g.Wait()
	return float64(written.Load()) / time.Since(began).Seconds(), err
}

// reportTransitions holds what transitions took to their bounds.
func (b *bench) reportTransitions(latencies []latency, most float64) {
	fmt.Println()
	least := -1
	for i, l := range latencies {
		if l.rate.perSecond == 100 && (least < 0 || l.p99 < latencies[least].p99) {
			least = i
		}
	}
	for i, l := range latencies {
		objects := total(l.writes) - l.writes["create events"] - l.writes["update events"] - l.writes["patch events"]
		switch {
		case i == least:
			b.bound("p99 at 100 transitions a second, ms", l.p99, 50, 20)
			fallthrough
		case l.rate.perSecond != 100:
			b.bound(fmt.Sprintf("writes a transition at %d a second, events aside", l.rate.perSecond), float64(objects)/float64(l.turned), 3, 3)
		}
		if l.rate.perSecond > 100 {
			note("transitions published a second over what three writes each allow", l.reached/(most/3))
		}
	}
}
