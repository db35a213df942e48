// Command build makes the programs of the control plane ready, so that tests
// need not wait for them, or those that it is told, and prints where they are:
// `go run ./test/framework/programs/build`, `go run ./test/framework/programs/build helm`.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"slices"

	"github.com/external-endpoints/operator/test/framework/programs"
)

func main() {
	if err := build(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// build prints where each program is.
func build() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	wanted := append(slices.Clone(programs.ControlPlane), programs.CoreDNS, programs.Helm)
	if len(os.Args) > 1 {
		wanted = nil
		for _, name := range os.Args[1:] {
			wanted = append(wanted, programs.Name(name))
		}
	}
	paths, err := programs.Find(ctx, os.Stderr, wanted...)
	if err != nil {
		return err
	}
	for _, name := range wanted {
		fmt.Println(paths[name])
	}
	return nil
}
