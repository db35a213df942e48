// The external-endpoints operator checks hosts outside the cluster and publishes
// the healthy ones behind Services.
package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/pflag"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/external-endpoints/operator/internal/operator"
)

func main() {
	options, err := operator.ParseFlags(os.Args[1:], os.Stdout)
	switch {
	case errors.Is(err, pflag.ErrHelp):
		return
	case err != nil:
		fmt.Fprintln(os.Stderr, "external-endpoints:", err)
		os.Exit(2)
	}
	if options.AwaitLeader {
		err = operator.AwaitLeader(ctrl.SetupSignalHandler(), options, os.Stdout)
	} else {
		err = operator.Run(ctrl.SetupSignalHandler(), options)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "external-endpoints:", err)
		os.Exit(1)
	}
}
