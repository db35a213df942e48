// Soak has everything run for an hour and some minutes, in its long form, ends by itself,
// and prints which test has shown what row of the fault table. It fails when a test failed,
// or one of the table did not run.
//
// First what measures, alone. Then three things at the same time: test/faults, whose row
// 21 is an hour at rest; the other tests of clusters, in their long forms and then again
// and again in the short ones; and, at low priority, the unit tests of the table, the search of
// the large models and the simulation, with new seeds each time.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/external-endpoints/operator/hack/retry-on-steal/retry"
)

// hour is how long rounds are begun that are over within it.
const hour = time.Hour

func main() {
	if err := run(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

// run runs the soak and reports on it. Its error is that of a soak that has not shown every row.
func run(to io.Writer) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	s := soak{to: to, began: time.Now()}
	s.tally = newTally(func(test string, said []string) {
		fmt.Fprintf(to, "%7s  %s FAILED\n%s", s.age(), test, strings.Join(said, ""))
	})
	if err := s.all(ctx); err != nil {
		return err
	}
	table, missing := tableOf(faultTable, s.tally)
	fmt.Fprintf(to, "\n%s\n", table)
	if failed := s.tally.failed(); len(missing)+len(failed) > 0 {
		return fmt.Errorf("%s, failed: [%s], not shown: rows [%s]", s.age(), strings.Join(failed, ", "), strings.Join(missing, ", "))
	}
	fmt.Fprintf(to, "soak: %s, all passed\n", s.age())
	return nil
}

// soak is one that runs.
type soak struct {
	to    io.Writer
	began time.Time
	tally *tally
}

func (s soak) age() time.Duration { return time.Since(s.began).Round(time.Second) }

// all runs everything; its error is that of a soak that could not be done.
func (s soak) all(ctx context.Context) error {
	others, err := clusterPackages(ctx)
	if err != nil {
		return err
	}
	s.measure(ctx)

	var all sync.WaitGroup
	all.Go(func() {
		s.run(ctx, batch{name: "test/faults, an hour at rest in it", long: true, args: []string{"-timeout", "2h", fault}})
	})
	all.Go(func() {
		waiting := append([]string{"-p", "2", "-timeout", "1h"}, others...)
		s.run(ctx, batch{name: "other clusters, long forms", long: true, args: waiting})
		s.again(ctx, batch{name: "other clusters", args: waiting})
	})
	all.Go(func() {
		packages, pattern := unitTests(faultTable)
		s.run(ctx, batch{name: "unit tests of the table", patient: true, args: append([]string{"-run", pattern}, packages...)})
		s.run(ctx, batch{name: "model search", patient: true, args: []string{
			"-timeout", "2h", "-run", "Reachable", controller, "-model.long",
		}})
		s.again(ctx, batch{name: "simulation", patient: true, args: []string{
			"-timeout", "1h", "-run", "Simulated", controller, "-simulation.hours=50", "-simulation.runs=60",
		}})
	})
	all.Wait()
	return ctx.Err()
}

// measure runs what bounds milliseconds. It is the first of all: of an attempt that says
// nothing of the product nothing is kept.
func (s soak) measure(ctx context.Context) {
	b := batch{name: "what measures", long: true, args: append([]string{"-p", "1", "-timeout", "30m"}, measured...)}
	err := retry.OnSteal(s.to, func() error {
		s.tally.forget()
		return s.try(ctx, b)
	})
	if err != nil {
		s.tally.fail(b.name, err)
	}
}

// again runs a batch, and then again and again while it can be over within the hour.
func (s soak) again(ctx context.Context, b batch) {
	for {
		start := time.Now()
		s.run(ctx, b)
		if took := time.Since(start); ctx.Err() != nil || time.Since(s.began)+took >= hour {
			return
		}
	}
}

// run runs a batch. What failed is in the tally.
func (s soak) run(ctx context.Context, b batch) {
	if err := s.try(ctx, b); err != nil {
		s.tally.fail(b.name, err)
	}
}

// try runs a batch, unless the time is over, and reports the result.
func (s soak) try(ctx context.Context, b batch) error {
	if ctx.Err() != nil {
		return nil
	}
	fmt.Fprintf(s.to, "%7s  %s\n", s.age(), b.name)
	err, how := b.run(ctx, s.tally), "passed"
	if err != nil {
		how = "FAILED"
	}
	fmt.Fprintf(s.to, "%7s  %s: %s\n", s.age(), b.name, how)
	return err
}
