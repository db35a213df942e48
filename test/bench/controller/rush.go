package main

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
)

// rush turns hosts of objects that are served while half as many again are applied:
// how long a dead host waits for those.
func (b *bench) rush(ctx context.Context, w *world, objects int) error {
	applied := objects / 2
	r := rate{10, 9, 1, applied / 50} // about as long as the applying takes
	fmt.Printf("\n%d hosts that go down, %d a second, while %d objects are applied\n", r.perSecond*r.seconds, r.perSecond, applied)
	began := time.Now()
	g, applying := errgroup.WithContext(ctx)
	g.Go(func() error { return w.apply(applying, objects, objects+applied, crowd) })
	var took []time.Duration
	_, last, err := w.awaitTurned(ctx, w.turnAll(objects, r, true), true, &took)
	if err != nil {
		return err
	}
	if err := g.Wait(); err != nil {
		return err
	}
	published, err := w.slices.await(ctx, (objects+applied)*hostsEach-len(took), 3*time.Minute)
	if err != nil {
		return err
	}
	note("all that was applied published after, s", published.Sub(began).Seconds())
	note("the last host is out after, s", last.Sub(began).Seconds())
	note("a host is out, p50 ms", quantile(took, 0.5))
	note("p99 ms", quantile(took, 0.99))
	return nil
}
