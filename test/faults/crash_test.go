package faults

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/external-endpoints/operator/test/framework/install"
	"github.com/external-endpoints/operator/test/framework/proxy"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// TestCrashAtEveryWriteBoundary kills the operator at every write of every
// scenario, in each of three moments around it, and starts it again. The short form
// takes the moments in turn, from one write to the next.
func TestCrashAtEveryWriteBoundary(t *testing.T) {
	t.Parallel()
	for offset, s := range scenarios() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			_, wanted := s.run(t, nil, undisturbed, install.Options{})
			t.Logf("undisturbed in %d ms: %v, %d writes in all", wanted.took.Milliseconds(), wanted.Writes, len(wanted.attempts))
			if len(wanted.attempts) == 0 {
				t.Fatal("there is no write at which to crash")
			}
			for i := range wanted.attempts {
				for j, moment := range proxy.Moments {
					if !waits.Full() && (i+offset)%len(proxy.Moments) != j {
						continue
					}
					t.Run(fmt.Sprintf("at write %d, %s", i+1, moment), func(t *testing.T) {
						t.Parallel()
						s.run(t, &wanted, s.crashAt(i+1, moment), install.Options{})
					})
				}
			}
		})
	}
}

// crashAt kills the operator at the n-th write after the change and starts it again.
func (s scenario) crashAt(n int, moment proxy.Moment) disturb {
	return func(t *testing.T, w *World) func() {
		t.Helper()
		crash := proxy.CrashAt(n, moment, func() {
			if err := w.Operator.Kill(); err != nil {
				t.Error(err)
			}
		})
		end := w.Proxy.Use(crash.Fault())
		return func() {
			began := time.Now()
			waits.Eventually(t, waits.Timeout, func() error {
				select {
				case <-crash.Done():
					return nil
				default:
				}
				if s.raced && w.rests(began) == nil {
					return nil // this time it took fewer writes
				}
				return fmt.Errorf("write %d has not come", n)
			})
			end()
			w.restart(t)
		}
	}
}

// TestObjectDeletedWhileOperatorIsDown needs no operator at all: nothing of what it
// wrote may wait for it.
func TestObjectDeletedWhileOperatorIsDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.unchecked(3)
	w.start(t, install.Options{})
	w.Create(t, o)
	began := time.Now()
	waits.Eventually(t, waits.Timeout, func() error { return w.settled(t, hostAddresses(3), began) })
	w.kill(t)
	since := len(w.Proxy.Journal(proxy.Writes))
	if err := w.Client.Delete(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	waits.Eventually(t, waits.Timeout, func() error {
		if left := w.state(t); len(left) > 0 {
			return fmt.Errorf("left behind:\n%s", strings.Join(left, "\n"))
		}
		return nil
	})
	w.restart(t)
	waits.Always(t, watched, func() error { return w.wroteNothing(since) })
}
