// Package steal tells what a machine's neighbours took of it: time in which there was work
// to do here, and the hypervisor ran others. Linux counts it; elsewhere none is seen.
//
// What is bounded in milliseconds says nothing of the product in such a time.
package retry

import (
	"fmt"
	"io"
	"time"
)

const (
	// window is over how long is counted: about what one measurement takes.
	window = 5 * time.Second
	// attempts is how often is measured at most. Whoever is never left alone has failed.
	attempts = 3
)

// use is who had the processors, all of them together.
type use struct{ ours, stolen time.Duration }

// unfair says that others had more than this machine, and not only of next to nothing.
// Tests that bound milliseconds have passed with half as much stolen as used.
func (u use) unfair() bool { return u.stolen > u.ours && u.stolen > window/10 }

// sample is what has been used since the machine was started.
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

// Again measures, and measures again when that failed while the neighbours had more of the
// processors than this machine, three times at most. Its error is the last one.
func Again(tell io.Writer, measure func() error) error {
	return again(tell, watch, measure)
}

func again(tell io.Writer, watch func() (end func() []sample), measure func() error) error {
	for n := 1; ; n++ {
		end := watch()
		err := measure()
		lost := worst(end())
		if err == nil || !lost.unfair() {
			return err
		}
		had := fmt.Sprintf("other machines had the processors for %.1f s of what was wanted here in %s, and this one for %.1f s",
			lost.stolen.Seconds(), window, lost.ours.Seconds())
		if n == attempts {
			return fmt.Errorf("%w, and %s, in the last of %d attempts", err, had, attempts)
		}
		fmt.Fprintf(tell, "\n*** FAILED (%v), and that says nothing: %s. Attempt %d of %d follows. ***\n\n", err, had, n+1, attempts)
	}
}
