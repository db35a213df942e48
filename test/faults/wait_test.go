package faults

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/external-endpoints/operator/test/framework/process"
)

// quiet is how long a world must stay as it should be, without a write.
const quiet = time.Second

// settleWithin is how long a world may take until it is as it should be, on a machine
// with six of them, and more beside them in the soak. What is promised in time has
// bounds of its own.
const settleWithin = process.Patience

// eventually waits until check returns nil. The test ends when it does not in time.
func eventually(t *testing.T, within time.Duration, check func() error) {
	t.Helper()
	if err := poll(t.Context(), within, 20*time.Millisecond, check); err != nil {
		t.Fatal(err)
	}
}

// poll looks every so often until check returns nil. When it does not in time, the
// error is its last one.
func poll(ctx context.Context, within, every time.Duration, check func() error) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		err := check()
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("not within %s: %w", within, err)
		}
	}
}

// pass lets time go by in which holds must go on returning nil.
func pass(t *testing.T, window time.Duration, holds func() error) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for end := time.After(window); ; {
		if err := holds(); err != nil {
			t.Fatal(err)
		}
		select {
		case <-tick.C:
		case <-end:
			return
		}
	}
}
