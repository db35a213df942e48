package main

import (
	"fmt"
	"time"
)

// saturation requests 100,000 probes a second, and reckons from the CPU used how many
// one core can do when batches are as large as they get.
func (b *bench) saturation() error {
	fmt.Println()
	for _, kind := range []string{"tcp", "http"} {
		o := b.options(setting{kind, 10_000})
		o.Interval, o.Fast, o.Timeout = 100*time.Millisecond, 100*time.Millisecond, 100*time.Millisecond
		p, err := startEngine(o)
		if err != nil {
			return err
		}
		s := b.window.observe(b.see, p, o, 0)
		p.stop()
		b.note("probes for a second of one core's time, "+kind, 1e6/s.cpu)
	}
	return nil
}
