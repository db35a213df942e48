package process

import (
	"context"
	"fmt"
	"time"
)

// awaitEvery is often enough for start-ups of a second and cheap enough for
// any check.
const awaitEvery = 25 * time.Millisecond

// Await polls ready until it returns nil. It fails as soon as one of the
// processes it depends on has ended, or with ready's last error when the
// context does.
func Await(ctx context.Context, what string, ready func(context.Context) error, on ...*Process) error {
	tick := time.NewTicker(awaitEvery)
	defer tick.Stop()
	for {
		err := ready(ctx)
		if err == nil {
			return nil
		}
		for _, p := range on {
			if ended := p.Ended(); ended != nil {
				return fmt.Errorf("waiting for %s: %w", what, ended)
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			for _, p := range on {
				err = fmt.Errorf("%w\n%s: log ends with\n%s", err, p.Name(), p.LogTail(10))
			}
			return fmt.Errorf("waiting for %s: %w; last: %w", what, ctx.Err(), err)
		}
	}
}
