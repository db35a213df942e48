// Package waits polls for conditions, so that no test sleeps for a time in which something
// should have happened.
package waits

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"
)

const (
	// Timeout is how long a test waits for a condition that has no bound of its own. It is
	// generous because the machine may be busy; a time that is promised is measured besides.
	Timeout = 2 * time.Minute
	// pollInterval is the time between two checks of a condition.
	pollInterval = 20 * time.Millisecond
)

// Until polls check until it returns nil. If it does not within the given time, or the
// context ends, the error wraps the last one of check.
func Until(ctx context.Context, within, interval time.Duration, check func() error) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		err := check()
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("not within %s: %w", within, errors.Join(err, ctx.Err()))
		}
	}
}

// Eventually waits until check returns nil, and ends the test if it does not in time.
func Eventually(t testing.TB, within time.Duration, check func() error) {
	t.Helper()
	if err := Until(t.Context(), within, pollInterval, check); err != nil {
		t.Fatal(err)
	}
}

// Always ends the test if check returns an error during the window.
func Always(t testing.TB, window time.Duration, check func() error) {
	t.Helper()
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for end := time.After(window); ; {
		if err := check(); err != nil {
			t.Fatal(err)
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

// Elapse lets time pass, for a fault that has to last or an effect that must not come.
func Elapse(t testing.TB, window time.Duration) {
	t.Helper()
	Always(t, window, func() error { return nil })
}
