package externalservice

import (
	"context"
	"sync"
	"time"
)

const (
	// quietPeriod is how long nobody has moved traffic when it is told of what was moved.
	quietPeriod = 20 * time.Millisecond
	// maxDelay is how long something that only tells waits for a lull. What is always
	// being moved is told of nevertheless, at a pace that leaves the API server to slices.
	maxDelay = 100 * time.Millisecond
)

// writeGate has what moves traffic go before what only tells, of whatever object: all
// are writes of one API server, and one more of them there is time that a dead host goes
// on getting traffic.
type writeGate struct {
	mu      sync.Mutex
	writing int
	// lastWrite is when somebody moved traffic last.
	lastWrite time.Time
}

// Begin says that somebody moves traffic until end is called.
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

// WaitIdle waits for a lull, as long as its patience lasts.
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

// untilIdle is how long it takes until the next lull, at the least.
func (p *writeGate) untilIdle(now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.writing > 0 {
		return quietPeriod
	}
	return p.lastWrite.Add(quietPeriod).Sub(now)
}
