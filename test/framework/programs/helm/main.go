// Command helm is upstream's Helm, unchanged: charts are tested with what people
// install them with.
package main

import (
	"errors"
	"fmt"
	"os"

	helm "helm.sh/helm/v4/pkg/cmd"
	"helm.sh/helm/v4/pkg/kube"
)

func main() {
	// The name in managed fields, whatever this file is called.
	kube.ManagedFieldsManager = "helm"

	command, err := helm.NewRootCmd(os.Stdout, os.Args[1:], helm.SetupLogging)
	if err != nil {
		fmt.Fprintln(os.Stderr, "helm:", err)
		os.Exit(1)
	}
	if err := command.Execute(); err != nil {
		code := 1
		if failed, ok := errors.AsType[helm.CommandError](err); ok {
			code = failed.ExitCode
		}
		os.Exit(code)
	}
}
