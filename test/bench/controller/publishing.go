package main

import (
	"context"
	"fmt"
	"time"
)

// publishing is what becomes of 1,000 objects of ten hosts: how they are published when
// they come at once, what they take when nothing happens, how fast the status reports a host
// that changes, and while others are applied; and last, without the operator, what the API
// server takes by itself. Then the first of these once more, and the last, in new worlds.
func (b *bench) publishing(ctx context.Context) error {
	objects := 1000
	if b.quick {
		objects = 200
	}
	var starts []start
	err := inWorld(ctx, func(w *world) error {
		s, err := b.coldStart(ctx, w, objects)
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
		crowd, err := b.alone(ctx, w, objects, &s)
		if err != nil {
			return err
		}
		starts = append(starts, s)
		return b.againstRaw(ctx, crowd, latencies)
	})
	for err == nil && len(starts) < b.runs {
		err = inWorld(ctx, func(w *world) error {
			s, err := b.coldStart(ctx, w, objects)
			if err != nil {
				return err
			}
			_, err = b.alone(ctx, w, objects, &s)
			starts = append(starts, s)
			return err
		})
	}
	if err == nil {
		b.reportStarts(starts)
	}
	return err
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
