package epoll

import (
	"time"

	"github.com/external-endpoints/operator/probes"
)

const (
	// maxSleep is how long the goroutine sleeps at most while a probe is running. It
	// bounds for how long it can be kept from running without noticing.
	maxSleep = 10 * time.Millisecond
	// noticeable is how long an absence must be to be remembered: a shorter one is tolerated
	// by the probes of every timeout, those of 10 ms included, which is the shortest that
	// the API allows.
	noticeable = probes.MinTolerance
)

// stallDetector measures for how long the goroutine did not run. A response that arrived then was
// read late, and the request before it may have been sent late: the host had less than its timeout.
type stallDetector struct{ deadline time.Time }

func (a *stallDetector) begin(now time.Time) { a.deadline = now.Add(maxSleep) }

// stall returns for how long the event loop did not run, up to now; 0: too short to matter.
func (a *stallDetector) stall(now time.Time) time.Duration {
	late := now.Sub(a.deadline)
	a.deadline = now.Add(maxSleep)
	if late < noticeable {
		return 0
	}
	return late
}

// sleepsUntil returns when to wake up: at the deadline, but not later than promised.
func (a *stallDetector) sleepsUntil(deadline time.Time) time.Time {
	if deadline.Before(a.deadline) {
		return deadline
	}
	return a.deadline
}
