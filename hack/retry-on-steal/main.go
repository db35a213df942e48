// Measured runs a command that bounds milliseconds, and again when it failed while other
// machines had the processors of this one; see package steal.
package main

import (
	"fmt"
	"os"
	"os/exec"

	"github.com/external-endpoints/operator/hack/retry-on-steal/retry"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: measured COMMAND [ARGUMENT...]")
		os.Exit(2)
	}
	err := retry.Again(os.Stdout, func() error {
		cmd := exec.Command(os.Args[1], os.Args[2:]...)
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		return cmd.Run()
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, "measured:", err)
		os.Exit(1)
	}
}
