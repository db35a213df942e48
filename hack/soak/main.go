// Soak has everything run for an hour and some minutes, in its long form, ends by itself,
// and prints which test has shown what row of the fault table. It fails when a test failed,
// or one of the table did not run.
//
// First what measures, alone. Then three things at the same time: test/fault, whose row
// 21 is an hour at rest; the other tests of clusters, in their long forms and then again
// and again in the short ones; and, at low priority, the search of the large models and
// the simulation, with new seeds each time.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"
)

// hour is how long rounds are begun that are over within it.
const hour = time.Hour

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	began := time.Now()
	tally := newTally()
	if err := soak(ctx, tally, began); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
	for _, text := range tally.complaints() {
		fmt.Println(text)
	}
	table, missing := tableOf(faultTable, tally)
	fmt.Print("\n", table, "\n")
	if failed := tally.failed(); len(missing)+len(failed) > 0 {
		fmt.Printf("soak: %s, failed: [%s], not shown: rows [%s]\n", rounded(time.Since(began)), strings.Join(failed, ", "), strings.Join(missing, ", "))
		os.Exit(1)
	}
	fmt.Printf("soak: %s, all passed\n", rounded(time.Since(began)))
}

// soak runs everything; its error is that of a soak that could not be done.
func soak(ctx context.Context, tally *tally, began time.Time) error {
	others, err := clusterPackages(ctx)
	if err != nil {
		return err
	}
	run := func(b batch) {
		if ctx.Err() == nil {
			b.run(ctx, tally, began)
		}
	}
	run(batch{name: "what measures", long: true, args: append([]string{"-p", "1", "-timeout", "30m"}, measured...)})

	var all sync.WaitGroup
	all.Go(func() {
		run(batch{name: "an hour at rest, and test/fault", long: true, args: []string{"-timeout", "2h", fault}})
	})
	all.Go(func() {
		run(batch{name: "clusters, long forms", long: true, args: append([]string{"-p", "2", "-timeout", "1h"}, others...)})
		again(ctx, began, func() {
			run(batch{name: "clusters", args: append([]string{"-p", "2", "-timeout", "1h"}, others...)})
		})
	})
	all.Go(func() {
		run(batch{name: "model search", patient: true, args: []string{"-timeout", "1h", "-run", "Reachable", controller, "-model.long"}})
		again(ctx, began, func() {
			run(batch{name: "simulation", patient: true, args: []string{
				"-timeout", "1h", "-run", "Simulated", controller, "-simulation.hours=50", "-simulation.runs=60",
			}})
		})
	})
	all.Wait()
	return ctx.Err()
}

// again does something again and again while it can be over within the hour.
func again(ctx context.Context, began time.Time, do func()) {
	for took := time.Duration(0); ctx.Err() == nil && time.Since(began)+took < hour; {
		start := time.Now()
		do()
		took = time.Since(start)
	}
}

func rounded(d time.Duration) time.Duration { return d.Round(time.Second) }
