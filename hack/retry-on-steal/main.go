// Command retry-on-steal runs a command whose tests bound milliseconds, and runs it again if it
// failed while the hypervisor gave this machine's CPUs to others; see package retry.
package main

import (
	"fmt"
	"os"
	"os/exec"

	"github.com/external-endpoints/operator/hack/retry-on-steal/retry"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: retry-on-steal COMMAND [ARGUMENT...]")
		os.Exit(2)
	}
	err := retry.OnSteal(os.Stdout, func() error {
		cmd := exec.Command(os.Args[1], os.Args[2:]...)
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		return cmd.Run()
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, "retry-on-steal:", err)
		os.Exit(1)
	}
}
