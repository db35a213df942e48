package main

import (
	"fmt"
	"strings"
	"sync/atomic"
	"time"
)

const diePort = 8003

// detection is how long it takes from a host's death until the engine says so. The
// hosts die together, each at another phase of its own interval.
func (b *bench) detection() error {
	tests := []struct {
		name      string
		fast      time.Duration
		hang      bool
		mean, max float64
	}{
		{"refused, 1 s x 3", time.Second, false, 2.6, 3.1},
		{"refused, 1 s x 3, fastInterval 200 ms", 200 * time.Millisecond, false, 0.95, 1.45},
		{"hang, 1 s x 3, timeout 1 s", time.Second, true, 3.6, 4.1},
	}
	fmt.Println()
	for _, t := range tests {
		var dead atomic.Bool
		f, err := newFarm(diePort, func(int) bool { return dead.Load() })
		if err != nil {
			return err
		}
		o := b.options(setting{"http", 100})
		o.Fast, o.DeadPort = t.fast, diePort
		o.Dying = o.Targets / 2 // the others are healthy
		p, err := startEngine(o)
		if err != nil {
			return err
		}
		<-time.After(b.window.warm)
		died := time.Now()
		if dead.Store(true); !t.hang {
			f.refuse()
		}
		<-time.After(6 * time.Second)
		mean, most, count := 0.0, 0.0, 0
		for _, l := range p.said() {
			if strings.HasPrefix(l.text, "Unhealthy ") {
				took := l.at.Sub(died).Seconds()
				mean, most, count = mean+took, max(most, took), count+1
			}
		}
		p.stop()
		if t.hang {
			f.refuse() // makes room for the next
		}
		if count != o.Dying {
			return fmt.Errorf("%s: %d of %d dead hosts were found", t.name, count, o.Dying)
		}
		b.bound("found, mean s: "+t.name, mean/float64(count), t.mean, t.mean)
		b.bound("found, max s: "+t.name, most, t.max, t.max)
	}
	return b.firstPass()
}

// firstPass is how long it takes until every one of 10,000 targets was probed once.
func (b *bench) firstPass() error {
	o := b.options(setting{"tcp", 10_000})
	b.see.reset()
	p, err := startEngine(o)
	if err != nil {
		return err
	}
	defer p.stop()
	ready, _ := p.await(10*time.Second, func(text string) bool { return text == "ready" })
	<-time.After(3 * time.Second)
	first := map[int]time.Duration{}
	var last time.Duration
	for _, a := range b.see.seen() {
		if _, known := first[a.target]; !known {
			first[a.target], last = a.at, a.at
		}
	}
	if len(first) != o.Targets {
		return fmt.Errorf("%d of %d targets were probed", len(first), o.Targets)
	}
	b.bound("first pass over 10,000 targets, s", time.Unix(0, int64(last)).Sub(ready).Seconds(), 1.1, 1.1)
	return nil
}
