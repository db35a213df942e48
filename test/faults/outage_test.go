package faults

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/external-endpoints/operator/test/framework/install"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// away is how long the API server is away: longer than a lease lasts.
func away() time.Duration {
	if waits.Full() {
		return 10 * time.Minute
	}
	return 14 * time.Second
}

// convergesWithin is how soon after the API server's return its objects say what
// became of the hosts meanwhile.
const convergesWithin = 5 * time.Second

// TestAPIServerOutage has a host die while nobody can be told.
func TestAPIServerOutage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		options  install.Options
		restarts int32 // at most
	}{
		{"from an operator without an election", install.Options{}, 0},
		// It gives up when it can no longer be sure to lead, and is started again, as
		// the same container of the same Pod.
		{"from a leader", install.Options{
			Args: []string{"--leader-elect"}, Env: []string{"POD_UID=6f1c0a52-0000-4000-8000-000000000001"},
		}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.start(t, c.options)
			w.Create(t, w.object(t, 3))
			began := time.Now()
			waits.Eventually(t, waits.Timeout, func() error { return w.settled(t, hostAddresses(3), began) })
			restarts, stop := w.supervise(t)
			defer stop()

			w.Proxy.Shut()
			waits.Always(t, away()/2, func() error { return w.served(hostAddresses(3)) })
			w.hostDown(3)
			waits.Always(t, away()/2, func() error { return w.served(hostAddresses(3)) })
			w.Proxy.Open()
			back := time.Now()
			waits.Eventually(t, waits.Timeout, func() error { return w.served(hostAddresses(2)) })
			took := time.Since(back)
			t.Logf("measured: away for %s, converged %d ms after its return, %d restarts", away(), took.Milliseconds(), restarts.Load())
			if took > convergesWithin {
				t.Errorf("converged after %s, must be within %s", took, convergesWithin)
			}
			if restarts.Load() > c.restarts {
				t.Errorf("restarted %d times, at most %d are no crash loop", restarts.Load(), c.restarts)
			}
			waits.Eventually(t, waits.Timeout, func() error { return errors.Join(w.statusTells(t, 2), w.rests(back)) })
			if err := w.served(hostAddresses(2)); err != nil {
				t.Error(err)
			}
			w.audit(t, promise{always: hostAddresses(2)})
		})
	}
}

// supervise starts the operator again when it ends, as a kubelet does at once the
// first time, and counts how often.
func (w *World) supervise(t *testing.T) (restarts *atomic.Int32, stop func()) {
	t.Helper()
	restarts = &atomic.Int32{}
	ended, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		for {
			select {
			case <-w.Operator.Done():
				restarts.Add(1)
				if err := w.Operator.Restart(); err != nil {
					t.Error(err)
					return
				}
			case <-ended:
				return
			}
		}
	}()
	return restarts, func() { close(ended); <-gone }
}
