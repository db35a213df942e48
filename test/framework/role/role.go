// Package role lets one program be several: a test starts its own file again
// as an outside host or as a load client, so that there is nothing else to
// build and nothing that could be of another version.
package role

import (
	"fmt"
	"os"

	"github.com/external-endpoints/operator/test/framework/process"
)

// Name says what a process of the program is there for.
type Name string

// The roles beside the program's own.
const (
	Host Name = "host"
	Load Name = "load"
)

// variable has the role of a process started by Spec.
const variable = "EXTERNAL_ENDPOINTS_ROLE"

// Spec starts the calling program in a role.
func Spec(name Name, arguments ...string) process.Spec {
	return process.Spec{
		Name: string(name),
		Path: "/proc/self/exe",
		Args: arguments,
		Env:  []string{variable + "=" + string(name)},
	}
}

// Mains has what a program does in each role.
type Mains map[Name]func(arguments []string) error

// Run does what the process was started for and ends it, if that is a role.
// It comes first in a main.
func Run(mains Mains) {
	name := Name(os.Getenv(variable))
	if name == "" {
		return
	}
	main, ok := mains[name]
	if !ok {
		fmt.Fprintf(os.Stderr, "no role %q\n", name)
		os.Exit(2)
	}
	if err := main(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}
