package status

import (
	"time"
)

const (
	// MaxEvents is how many events about hosts are sent in RateWindow. Beyond that, changes are
	// collected until the window is over: every event is a write, and a thousand hosts that die
	// one after another need no thousand writes.
	MaxEvents  = 5
	RateWindow = 10 * time.Second
)

// rateLimiter bounds how often events about an object's hosts, or its names, are sent.
type rateLimiter struct{ at []time.Time }

// delay returns how long the next event must wait; zero: it is sent now, and counts.
func (p *rateLimiter) delay(now time.Time) time.Duration {
	for len(p.at) > 0 && now.Sub(p.at[0]) >= RateWindow {
		p.at = p.at[1:]
	}
	if len(p.at) >= MaxEvents {
		return p.at[0].Add(RateWindow).Sub(now)
	}
	p.at = append(p.at, now)
	return 0
}
