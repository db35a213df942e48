package main

import "time"

// hanging has 1,000 of 10,000 hosts hang, and looks at the gaps of the others.
func (b *bench) hanging() error {
	const hangs, hangPort = 1000, 8002
	if _, err := newFarm(hangPort, func(n int) bool { return n < hangs }); err != nil {
		return err
	}
	var p99 [2]float64
	for i, port := range []int{wellPort, hangPort} {
		o := b.options(setting{"http", 10_000})
		o.Port = port
		var all []sample
		for range b.runs {
			p, err := startEngine(o)
			if err != nil {
				return err
			}
			// Those that hang take some seconds to be settled as unhealthy.
			w := window{b.window.warm + 4*time.Second, b.window.measured}
			all = append(all, w.observe(b.see, p, o, hangs))
			p.stop()
		}
		p99[i] = spreadOf(all, func(s sample) float64 { return s.gapP99 }).min
	}
	b.note("gap error p99 of 9,000 hosts, ms", p99[0])
	// Within a slot: with none hanging it is what the machine's noise makes it.
	b.bound("the same while 1,000 others hang, ms", p99[1], p99[0]+5, p99[0]+1)
	return nil
}
