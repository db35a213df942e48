package externalservice

import (
	"context"
	"sync"
	"time"
)

const (
	// quietPeriod is how long slice writes must have been idle before a status write starts.
	quietPeriod = 20 * time.Millisecond
	// maxDelay is how long a status write waits for a quiet period. Under constant slice writes
	// the status is written nevertheless, at a rate that leaves the API server to slices.
	maxDelay = 100 * time.Millisecond
)

// writeGate delays status writes while slice writes are in flight, of whatever object: all
// share one API server, and a status write there prolongs the time in which a dead host gets
// traffic.
type writeGate struct {
	mu      sync.Mutex
	writing int
	// lastWrite is when the last slice write ended.
	lastWrite time.Time
}

// Begin registers a slice write that is in flight until end is called.
func (p *writeGate) Begin() (end func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.writing++
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.writing--
		p.lastWrite = time.Now()
	}
}

// WaitIdle waits for a quiet period, at most for maxDelay.
func (p *writeGate) WaitIdle(ctx context.Context) {
	enough := time.Now().Add(maxDelay)
	for {
		now := time.Now()
		wait := min(p.untilIdle(now), enough.Sub(now))
		if wait <= 0 {
			return
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return
		}
	}
}

// untilIdle is the least time until the next quiet period.
func (p *writeGate) untilIdle(now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.writing > 0 {
		return quietPeriod
	}
	return p.lastWrite.Add(quietPeriod).Sub(now)
}
