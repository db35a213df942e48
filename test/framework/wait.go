package framework

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"
)

// pollEvery is how often a condition is looked at.
const pollEvery = 20 * time.Millisecond

// Eventually waits until check returns nil. The test ends when it does not in time.
func Eventually(t *testing.T, within time.Duration, check func() error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	if err := poll(ctx, check); err != nil {
		t.Fatalf("not within %s: %v", within, err)
	}
}

// poll returns nil as soon as check does, or check's last error when ctx ends.
func poll(ctx context.Context, check func() error) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		err := check()
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		}
	}
}

// Pass lets time go by in which nothing is to happen. holds, where given, is
// asked all the while and must go on returning nil.
func Pass(t *testing.T, window time.Duration, holds func() error) {
	t.Helper()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for end := time.After(window); ; {
		if holds != nil {
			if err := holds(); err != nil {
				t.Fatal(err)
			}
		}
		select {
		case <-tick.C:
		case <-end:
			return
		case <-t.Context().Done():
			t.Fatal(t.Context().Err())
		}
	}
}

// Lasting is how long a fault lasts, or is to be waited for: what the fault table says
// with E2E_FULL=1, and else a time in which the same can be seen.
func Lasting[T any](short, full T) T {
	if os.Getenv("E2E_FULL") != "" {
		return full
	}
	return short
}

// Ms rounds for people.
func Ms(d time.Duration) time.Duration { return d.Round(time.Millisecond) }
