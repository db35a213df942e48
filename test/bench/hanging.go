package main

import (
	"sync/atomic"
	"time"
)

// hanging has 1,000 of 10,000 hosts hang, and looks at the gaps of the others.
func (b *bench) hanging() error {
	const hangs, hangPort = 1000, 8002
	// The same farm in both cases: what it does to know which hosts hang costs it a system call
	// for each connection, and the prober waits for a core.
	var silent atomic.Bool
	if _, err := newFarm(hangPort, func(n int) bool { return n < hangs && silent.Load() }); err != nil {
		return err
	}
	o := b.options(setting{"http", 10_000})
	o.Port = hangPort
	var all [2][]sample
	for range b.runs {
		for i, hang := range []bool{false, true} {
			silent.Store(hang)
			p, err := startEngine(o)
			if err != nil {
				return err
			}
			// Those that hang take some seconds to be settled as unhealthy.
			w := window{b.window.warm + 4*time.Second, b.window.measured}
			all[i] = append(all[i], w.observe(b.see, p, o, hangs))
			p.stop()
		}
	}
	var p99 [2]float64
	for i := range all {
		p99[i] = spreadOf(all[i], func(s sample) float64 { return s.gapP99 }).min
	}
	b.note("gap error p99 of 9,000 hosts, ms", p99[0])
	// Within a slot: with none hanging it is what the machine's noise makes it.
	b.bound("the same while 1,000 others hang, ms", p99[1], p99[0]+5, p99[0]+1)
	return nil
}
