package epoll

import (
	"time"

	"github.com/external-endpoints/operator/probes"
)

const (
	// glance is how long the goroutine sleeps at most while a probe is running. It
	// bounds for how long it can be kept from running without noticing.
	glance = 10 * time.Millisecond
	// noticeable is how long an absence must be to be remembered: a shorter one is tolerated
	// by the probes of every timeout, those of 10 ms included, which is the shortest that
	// the API allows.
	noticeable = probes.MinTolerance
)

// attention tells for how long the goroutine was kept from running. An answer that
// came then was read late, and the request that it may have been waiting for was
// sent late: the host had less than its time.
type attention struct{ promised time.Time }

func (a *attention) begin(now time.Time) { a.promised = now.Add(glance) }

// absence returns for how long nobody attended, up to now; 0: not worth mentioning.
func (a *attention) absence(now time.Time) time.Duration {
	late := now.Sub(a.promised)
	a.promised = now.Add(glance)
	if late < noticeable {
		return 0
	}
	return late
}

// sleepsUntil returns when to wake up: at the deadline, but not later than promised.
func (a *attention) sleepsUntil(deadline time.Time) time.Time {
	if deadline.Before(a.promised) {
		return deadline
	}
	return a.promised
}
