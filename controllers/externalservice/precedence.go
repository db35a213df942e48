package externalservice

import (
	"context"
	"sync"
	"time"
)

const (
	// lull is how long nobody has moved traffic when it is told of what was moved.
	lull = 20 * time.Millisecond
	// patience is how long something that only tells waits for a lull. What is always
	// being moved is told of nevertheless, at a pace that leaves the API server to slices.
	patience = 100 * time.Millisecond
)

// precedence has what moves traffic go before what only tells, of whatever object: all
// are writes of one API server, and one more of them there is time that a dead host goes
// on getting traffic.
type precedence struct {
	mu     sync.Mutex
	moving int
	// moved is when somebody moved traffic last.
	moved time.Time
}

// begin says that somebody moves traffic until end is called.
func (p *precedence) begin() (end func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.moving++
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.moving--
		p.moved = time.Now()
	}
}

// give waits for a lull, as long as its patience lasts.
func (p *precedence) give(ctx context.Context) {
	enough := time.Now().Add(patience)
	for {
		now := time.Now()
		wait := min(p.untilLull(now), enough.Sub(now))
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

// untilLull is how long it takes until the next lull, at the least.
func (p *precedence) untilLull(now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.moving > 0 {
		return lull
	}
	return p.moved.Add(lull).Sub(now)
}
