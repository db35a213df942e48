// Package retry repeats a measurement that failed while CPU time was stolen: time in which this
// machine had work to do and the hypervisor ran other machines. Linux counts it; elsewhere no
// steal is seen and nothing is repeated.
//
// A bound in milliseconds that is missed in such a time says nothing about the product.
package retry

import (
	"fmt"
	"io"
	"time"
)

const (
	// window is the time over which steal is summed: about what one measurement takes.
	window = 5 * time.Second
	// attempts bounds the runs: a machine whose CPUs are always stolen fails.
	attempts = 3
)

// use is the CPU time of all processors: used by this machine, and stolen from it.
type use struct{ ours, stolen time.Duration }

// unfair reports whether more was stolen than used, ignoring an idle machine.
// Tests that bound milliseconds have passed with half as much stolen as used.
func (u use) unfair() bool { return u.stolen > u.ours && u.stolen > window/10 }

// sample is the use since the machine was started.
type sample struct {
	at   time.Time
	used use
}

// worst is the window in which most was stolen. Samples come in order; what is shorter than
// a window is one.
func worst(samples []sample) use {
	var most use
	for from, to := 0, 0; to < len(samples); to++ {
		for from < to && samples[to].at.Sub(samples[from+1].at) >= window {
			from++
		}
		u := use{
			ours:   samples[to].used.ours - samples[from].used.ours,
			stolen: samples[to].used.stolen - samples[from].used.stolen,
		}
		if u.stolen > most.stolen {
			most = u
		}
	}
	return most
}

// OnSteal runs measure, and runs it again if it failed while more CPU time was stolen than
// used, three times at most. It returns the last error.
func OnSteal(log io.Writer, measure func() error) error {
	return onSteal(log, watch, measure)
}

func onSteal(log io.Writer, watch func() (end func() []sample), measure func() error) error {
	for n := 1; ; n++ {
		end := watch()
		err := measure()
		lost := worst(end())
		if err == nil || !lost.unfair() {
			return err
		}
		steal := fmt.Sprintf("%.1f s of CPU time were stolen in %s, and %.1f s used",
			lost.stolen.Seconds(), window, lost.ours.Seconds())
		if n == attempts {
			return fmt.Errorf("%w, and %s, in the last of %d attempts", err, steal, attempts)
		}
		fmt.Fprintf(log, "\n*** FAILED (%v), which says nothing about the product: %s. Attempt %d of %d follows. ***\n\n",
			err, steal, n+1, attempts)
	}
}
