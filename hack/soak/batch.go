package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
)

// module is what packages' names begin with.
const module = "github.com/external-endpoints/operator/"

// What is run, and where.
const (
	controller = "./controllers/externalservice"
	fault      = "./test/faults"
)

// measured are the packages that bound milliseconds, or memory.
var measured = []string{"./test/e2e/failover", "./test/bench", "./probes/epoll"}

// clusterPackages are the other packages below test.
func clusterPackages(ctx context.Context) ([]string, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "./test/...").Output()
	if err != nil {
		return nil, fmt.Errorf("list the packages: %w", err)
	}
	return slices.DeleteFunc(strings.Fields(string(out)), func(p string) bool {
		folder := "./" + strings.TrimPrefix(p, module)
		return folder == fault || slices.Contains(measured, folder)
	}), nil
}

// unitTests are the tests of rows in packages of which the soak runs nothing else: which
// packages, and what -run takes. What the model search and the simulation show is not among them.
func unitTests(rows []row) (packages []string, pattern string) {
	var names []string
	for _, r := range rows {
		for _, test := range r.tests {
			folder, name, _ := strings.Cut(test, " ")
			p := "./" + folder
			if strings.HasPrefix(folder, "test/") || slices.Contains(measured, p) || r.name == every {
				continue
			}
			packages, names = append(packages, p), append(names, name)
		}
	}
	slices.Sort(packages)
	return slices.Compact(packages), "^(" + strings.Join(names, "|") + ")$"
}

// batch is one call of go test.
type batch struct {
	name string
	args []string
	// long: the long forms of the fault table.
	long bool
	// patient: it runs with the lowest CPU priority.
	patient bool
}

// run runs the batch. Its error is that of go test; what failed is in the tally.
func (b batch) run(ctx context.Context, tally *tally) error {
	args := append([]string{"go", "test", "-json", "-count=1"}, b.args...)
	if b.patient {
		args = append([]string{"nice", "-n", "19"}, args...)
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	// A signal for go test alone would leave its tests behind.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
	cmd.Stderr = os.Stderr
	cmd.Env = os.Environ()
	if b.long {
		cmd.Env = append(cmd.Env, "E2E_FULL=1")
	}
	events, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	return errors.Join(tally.read(events), cmd.Wait())
}
