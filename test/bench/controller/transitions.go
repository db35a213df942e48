package main

import (
	"context"
	"fmt"
	"time"

	"github.com/external-endpoints/operator/test/framework/audit"
)

// rate is how many hosts are turned in a second, and which ones: a host that went down
// three times would have to prove itself for longer.
type rate struct {
	perSecond int
	// first and hosts are which of each object's hosts are turned, down and then up.
	first, hosts int
	seconds      int
}

// latency is how long it took from the deciding answer to the published slice.
type latency struct {
	rate     rate
	p50, p99 float64 // milliseconds
	// asked are the same until the API server had the request; the rest is its own.
	askedP50, askedP99 float64
	writes             map[string]int
	turned             int
	// reached is how many transitions a second were published.
	reached float64
	cpu     time.Duration
	// looks are reconciles.
	looks float64
}

// transitions turns hosts at several rates.
func (b *bench) transitions(ctx context.Context, w *world, objects int) ([]latency, error) {
	fmt.Println("\nhosts that turn: from the deciding answer to the slice that says so, as a watch shows it")
	rates := []rate{{1, 0, 1, 10}}
	for run := range min(b.runs, 4) {
		rates = append(rates, rate{100, 1 + run, 1, objects / 200})
	}
	rates = append(rates, rate{objects, 5, 4, 4})
	var all []latency
	for _, r := range rates {
		l, err := w.turn(ctx, objects, r)
		if err != nil {
			return nil, fmt.Errorf("%d transitions a second: %w", r.perSecond, err)
		}
		fmt.Printf("  %d asked for a second, %.0f published: p50 %.1f ms, p99 %.1f ms (until the API server was asked %.1f, %.1f), CPU of the operator %.2f ms and %.1f reconciles each; %s\n",
			r.perSecond, l.reached, l.p50, l.p99, l.askedP50, l.askedP99, float64(l.cpu.Microseconds())/1000/float64(l.turned), l.looks/float64(l.turned), listed(l.writes))
		all = append(all, l)
	}
	return all, nil
}

// turn turns hosts at a rate, down and then up, and waits until all of it is published.
func (w *world) turn(ctx context.Context, objects int, r rate) (latency, error) {
	before, err := w.looks(ctx)
	if err != nil {
		return latency{}, err
	}
	began, used := time.Now(), w.cpu()
	l := latency{rate: r}
	var took []time.Duration
	for _, bad := range []bool{true, false} {
		began := time.Now()
		turned := w.turnAll(objects, r, bad)
		first, last, err := w.awaitTurned(ctx, turned, bad, &took)
		if err != nil {
			return latency{}, err
		}
		l.turned += len(turned)
		l.reached = max(l.reached, float64(len(turned))/last.Sub(first).Seconds())
		if r.perSecond == 1 {
			l.reached = float64(len(turned)) / time.Since(began).Seconds()
		}
	}
	if err := w.awaitQuiet(ctx, 2*time.Second, time.Minute); err != nil {
		return latency{}, err
	}
	l.p50, l.p99, l.cpu = quantile(took, 0.5), quantile(took, 0.99), w.cpu()-used
	after, err := w.looks(ctx)
	if err != nil {
		return latency{}, err
	}
	l.looks = after - before
	asked, err := w.asked(began)
	if err != nil {
		return latency{}, err
	}
	l.askedP50, l.askedP99 = quantile(asked, 0.5), quantile(asked, 0.99)
	l.writes, err = w.writes(began, time.Time{})
	return l, err
}

// asked is how long after the latest deciding answer of its object each write of a
// slice reached the API server. Hosts on their way up stand for all: the farm does not
// know any more when they decided to go down.
func (w *world) asked(from time.Time) ([]time.Duration, error) {
	events, err := w.cluster.Audit().Events(audit.Query{Username: account, Since: from, Verbs: []string{"update"}, Resources: []string{"endpointslices"}})
	if err != nil {
		return nil, err
	}
	var all []time.Duration
	for _, event := range events {
		var n int
		if _, err := fmt.Sscanf(event.Object.Name, "object-%d", &n); err != nil {
			return nil, fmt.Errorf("whose slice is %s: %w", event.Object.Name, err)
		}
		if since := w.farm.latest(n*hostsEach, from, event.Received); !since.IsZero() {
			all = append(all, event.Received.Sub(since))
		}
	}
	return all, nil
}

// turnAll turns hosts one by one, of all objects in turn, on time whatever happens.
func (w *world) turnAll(objects int, r rate, bad bool) []int {
	var turned []int
	began := time.Now()
	for k := range r.perSecond * r.seconds {
		<-time.After(time.Until(began.Add(time.Duration(k) * time.Second / time.Duration(r.perSecond))))
		n := k%objects*hostsEach + r.first + k/objects%r.hosts
		w.farm.turn(n, bad)
		turned = append(turned, n)
	}
	return turned
}

// awaitTurned waits until the slices say of each host what its answers said, adds how
// long each took, and returns when it was said of the first and of the last.
func (w *world) awaitTurned(ctx context.Context, turned []int, bad bool, took *[]time.Duration) (first, last time.Time, err error) {
	deadline := time.Now().Add(time.Minute)
	for _, n := range turned {
		said := w.slices.said(n)
		for ; said.ready == bad; said = w.slices.said(n) {
			if time.Now().After(deadline) {
				return first, last, fmt.Errorf("host %s is still published as ready: %t", address(n), bad)
			}
			select {
			case <-time.After(5 * time.Millisecond):
			case <-ctx.Done():
				return first, last, ctx.Err()
			}
		}
		*took = append(*took, said.at.Sub(w.farm.decided(n)))
		if first.IsZero() || said.at.Before(first) {
			first = said.at
		}
		if said.at.After(last) {
			last = said.at
		}
	}
	return first, last, nil
}
