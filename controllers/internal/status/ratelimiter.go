package status

import (
	"time"
)

const (
	// MaxEvents is how often in paceWindow an event tells of hosts at once. Beyond
	// that they are told together when the window is over: a thousand hosts that die
	// one after another are one piece of news, and every event is a write.
	MaxEvents  = 5
	RateWindow = 10 * time.Second
)

// rateLimiter bounds how often events tell of an object's hosts, or of its names.
type rateLimiter struct{ at []time.Time }

// delay is asked when there is something to tell. Zero: it is told now, and counts;
// else it is how long to wait.
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
