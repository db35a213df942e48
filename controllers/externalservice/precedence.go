package externalservice

import (
	"context"
	"sync"
	"time"
)

// patience is how long something that only tells waits for those who move traffic.
const patience = 50 * time.Millisecond

// precedence has what moves traffic go before what only tells, of whatever object: both
// are writes of one API server, and one more of them there is time that a dead host
// goes on getting traffic.
type precedence struct {
	mu     sync.Mutex
	moving int
	// over is closed when nobody moves traffic any more; nil before anybody did.
	over chan struct{}
}

// begin says that somebody moves traffic until end is called.
func (p *precedence) begin() (end func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.moving++; p.moving == 1 {
		p.over = make(chan struct{})
	}
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.moving--; p.moving == 0 {
			close(p.over)
		}
	}
}

// give waits until nobody moves traffic, but no longer than its patience: what is
// always being moved is told of nevertheless.
func (p *precedence) give(ctx context.Context) {
	p.mu.Lock()
	over := p.over
	p.mu.Unlock()
	if over == nil {
		return
	}
	enough, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case <-over:
	case <-enough.Done():
	}
}
