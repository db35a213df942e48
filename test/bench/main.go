// Command bench measures what probing costs, beside HAProxy and beside the least
// that the kernel takes for it, in the same run and by the same instruments.
//
//	farm ◀── SYN ── prober (a process of its own: engine, haproxy or raw)
//	  │                │
//	witness            └── its threads' CPU time, its memory
//
// The witness sees every connection attempt on the loopback interface: the prober does
// not report how much it did or when. Only ratios within one run mean anything; the
// microseconds depend on the machine and on what else it does.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/external-endpoints/operator/test/bench/role"
)

// bench is one go at all measurements.
type bench struct {
	runs   int
	sizes  []int
	window window
	see    *witness
	missed int
	quick  bool
	// goroutines: the engine probes without the event loop, to compare.
	goroutines bool
}

func main() {
	var o role.Options
	role := flag.String("role", "", "for this program's own use")
	quick := flag.Bool("quick", false, "shorter windows and fewer cases")
	runs := flag.Int("runs", 3, "how often each prober is measured")
	only := flag.String("only", "", "parts to run, comma separated: costs, hanging, detection, starved, saturation, handshakes")
	o.Read(flag.CommandLine)
	flag.Parse()

	var err error
	switch *role {
	case "raw":
		err = raw(o)
	case "bare":
		err = bare(o)
	default:
		err = run(*quick, *only, *runs, o.Goroutines)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(quick bool, only string, runs int, goroutines bool) error {
	see, err := newWitness()
	if err != nil {
		return err
	}
	b := &bench{runs: runs, quick: quick, sizes: []int{100, 1000, 10_000}, window: window{2 * time.Second, 5 * time.Second}, see: see, goroutines: goroutines}
	if quick {
		b.window = window{2 * time.Second, 3 * time.Second}
	}
	if _, err := newFarm(wellPort, nil); err != nil {
		return err
	}
	parts := []struct {
		name string
		run  func() error
	}{
		{"costs", b.costs}, {"hanging", b.hanging}, {"detection", b.detection}, {"starved", b.starved}, {"saturation", b.saturation},
		{"handshakes", b.handshakes},
	}
	for _, part := range parts {
		if only != "" && !strings.Contains(","+only+",", ","+part.name+",") {
			continue
		}
		if err := part.run(); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	if b.missed > 0 {
		return errors.New(fmt.Sprint(b.missed, " bounds were missed"))
	}
	return nil
}
