package main

import "time"

// said returns what the prober has said so far, without waiting.
func (p *process) said() []line {
	var lines []line
	for {
		select {
		case l, open := <-p.lines:
			if !open {
				return lines
			}
			lines = append(lines, l)
		default:
			return lines
		}
	}
}

// await waits for a line and returns when it was said, and what was said before it;
// a zero time: it was not within the patience.
func (p *process) await(patience time.Duration, wanted func(string) bool) (at time.Time, before []line) {
	timeout := time.After(patience)
	for {
		select {
		case l, open := <-p.lines:
			if !open {
				return time.Time{}, before
			}
			if wanted(l.text) {
				return l.at, before
			}
			before = append(before, l)
		case <-timeout:
			return time.Time{}, before
		}
	}
}
