package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/external-endpoints/operator/test/bench/role"
)

// sample is what one prober did in one window.
type sample struct {
	probes int
	cpu    float64 // microseconds a probe
	memory float64 // MiB
	gapP50 float64 // milliseconds off the interval
	gapP99 float64
	peak   float64 // most arrivals in 10 ms, over the mean
	rate   float64 // probes a second, over the requested ones
}

// window is how long is measured, after a warm-up in which start-up settles.
type window struct{ warm, measured time.Duration }

// observe measures a prober that has just been started. Targets below from are not
// looked at in gaps.
func (w window) observe(see *witness, p *process, o role.Options, from int) sample {
	<-time.After(w.warm)
	see.reset()
	before, began := p.cpu(), time.Now()
	<-time.After(w.measured)
	used, took := p.cpu()-before, time.Since(began)
	arrivals := see.seen()
	s := sample{probes: len(arrivals), memory: p.memory()}
	if len(arrivals) == 0 {
		return s
	}
	s.cpu = float64(used.Microseconds()) / float64(len(arrivals))
	s.rate = float64(len(arrivals)) / took.Seconds() / (float64(o.Targets) / o.Interval.Seconds())
	s.gapP50, s.gapP99 = gaps(arrivals, o.Interval, from)
	s.peak = peak(arrivals)
	return s
}

// gaps are how far the times between two probes of a target are off the interval.
func gaps(arrivals []arrival, interval time.Duration, from int) (p50, p99 float64) {
	last := map[int]time.Duration{}
	var off []float64
	for _, a := range arrivals {
		if before, known := last[a.target]; known && a.target >= from {
			off = append(off, float64((a.at-before-interval).Abs().Microseconds())/1000)
		}
		last[a.target] = a.at
	}
	if len(off) == 0 {
		return 0, 0
	}
	slices.Sort(off)
	return off[len(off)/2], off[len(off)*99/100]
}

// peak is the most arrivals in any 10 ms over their mean.
func peak(arrivals []arrival) float64 {
	const bucket = 10 * time.Millisecond
	first, last := arrivals[0].at, arrivals[len(arrivals)-1].at
	counts := make([]int, (last-first)/bucket+1)
	for _, a := range arrivals {
		counts[max(a.at-first, 0)/bucket]++
	}
	return float64(slices.Max(counts)) * float64(len(counts)) / float64(len(arrivals))
}

// spread is what several runs had for one figure.
type spread struct{ min, median, max float64 }

func (s spread) String() string { return fmt.Sprintf("%.1f/%.1f/%.1f", s.min, s.median, s.max) }

func spreadOf(samples []sample, figure func(sample) float64) spread {
	var values []float64
	for _, s := range samples {
		values = append(values, figure(s))
	}
	slices.Sort(values)
	if len(values) == 0 {
		return spread{}
	}
	return spread{values[0], values[len(values)/2], values[len(values)-1]}
}

// bound prints a figure beside the most that it may be and what is aimed at.
func (b *bench) bound(name string, got, most, aim float64) {
	said := "ok"
	if got > most || got != got {
		said = "MISSED"
		b.missed++
	}
	fmt.Printf("  %-58s %8.2f   bound %6.2f   aim %6.2f   %s\n", name, got, most, aim, said)
}

// note prints a figure that has no bound.
func (b *bench) note(name string, got float64) { fmt.Printf("  %-58s %8.2f\n", name, got) }
