package externalservice

import "time"

const (
	// mostTold is how often in paceWindow an event tells of hosts at once. Beyond
	// that they are told together when the window is over: a thousand hosts that die
	// one after another are one piece of news, and every event is a write.
	mostTold   = 5
	paceWindow = 10 * time.Second
)

// pace bounds how often events tell of an object's hosts, or of its names.
type pace struct{ at []time.Time }

// hold is asked when there is something to tell. Zero: it is told now, and counts;
// else it is how long to wait.
func (p *pace) hold(now time.Time) time.Duration {
	for len(p.at) > 0 && now.Sub(p.at[0]) >= paceWindow {
		p.at = p.at[1:]
	}
	if len(p.at) >= mostTold {
		return p.at[0].Add(paceWindow).Sub(now)
	}
	p.at = append(p.at, now)
	return 0
}
