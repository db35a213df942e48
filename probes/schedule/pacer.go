package schedule

import "time"

// Pacer is a rate limit: it spaces starts so that at most a given number happen in a second.
// The zero Pacer sets no limit.
type Pacer struct {
	gap  time.Duration
	next time.Time
}

// NewPacer allows perSecond starts a second; 0: no limit.
func NewPacer(perSecond int) Pacer {
	if perSecond <= 0 {
		return Pacer{}
	}
	return Pacer{gap: time.Second / time.Duration(perSecond)}
}

// burst is the lag that the pacer may catch up. Timers are coarse: without a burst, every late wake-up
// would lose the starts of its lateness.
const burst = 10 * time.Millisecond

// Wait returns how long to wait for the next start, without claiming it.
func (p *Pacer) Wait(now time.Time) time.Duration {
	return max(p.next.Sub(now), 0)
}

// Take claims a start at now, or returns how long to wait for the next one.
func (p *Pacer) Take(now time.Time) (wait time.Duration) {
	if p.gap == 0 {
		return 0
	}
	if earliest := now.Add(-burst); p.next.Before(earliest) {
		p.next = earliest
	}
	if wait := p.Wait(now); wait > 0 {
		return wait
	}
	p.next = p.next.Add(p.gap)
	return 0
}
