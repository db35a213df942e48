package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/go-logr/logr"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/external-endpoints/operator/test/framework/cluster"
)

// bench is one go at all measurements.
type bench struct {
	quick  bool
	runs   int
	missed int
}

func main() {
	quick := flag.Bool("quick", false, "fewer objects and shorter windows")
	runs := flag.Int("runs", 3, "how often what depends on the moment is measured; the least counts")
	only := flag.String("only", "", "parts to run, comma separated: "+strings.Join(partNames(), ", "))
	flag.Parse()
	b := &bench{quick: *quick, runs: *runs}
	parts := b.chosen(*only)
	if len(parts) == 0 {
		return // the requested parts are another program's
	}
	ctrl.SetLogger(logr.Discard()) // or the client complains that it has none
	os.Exit(cluster.Enter(func() int {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		for _, p := range parts {
			if err := p.run(ctx, b); err != nil {
				fmt.Fprintf(os.Stderr, "bench: %s: %v\n", p.name, err)
				return 1
			}
		}
		if b.missed > 0 {
			fmt.Fprintf(os.Stderr, "bench: %d bounds were missed\n", b.missed)
			return 1
		}
		return 0
	}))
}

// part is what can be run by itself.
type part struct {
	name string
	run  func(context.Context, *bench) error
}

var parts = []part{
	{"publishing", func(ctx context.Context, b *bench) error { return b.publishing(ctx) }},
	{"neighbours", func(ctx context.Context, b *bench) error { return b.neighbours(ctx) }},
}

func partNames() []string {
	var names []string
	for _, p := range parts {
		names = append(names, p.name)
	}
	return names
}

func (b *bench) chosen(only string) []part {
	if only == "" {
		return parts
	}
	var chosen []part
	for _, p := range parts {
		if strings.Contains(","+only+",", ","+p.name+",") {
			chosen = append(chosen, p)
		}
	}
	return chosen
}
