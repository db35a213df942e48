package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/external-endpoints/operator/test/framework/programs"
)

// cpu is what the operator has used.
func (w *world) cpu() time.Duration { return used(w.operator.PID()) }

// serverCPU is what the API server and etcd have used: unlike a time it does not depend
// on the load of the machine.
func (w *world) serverCPU() time.Duration {
	return used(w.cluster.Process(programs.APIServer).PID()) + used(w.cluster.Process(programs.Etcd).PID())
}

// used is what all threads of a process have used, in nanoseconds of the kernel's.
func used(pid int) time.Duration {
	var used time.Duration
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // the thread has ended
		}
		ran, _, _ := strings.Cut(string(text), " ")
		nanoseconds, _ := strconv.ParseInt(ran, 10, 64)
		used += time.Duration(nanoseconds)
	}
	return used
}

// looks is how often an object was reconciled.
func (w *world) looks(ctx context.Context) (float64, error) {
	const total = "controller_runtime_reconcile_total"
	looks, err := w.operator.Sum(ctx, total, `controller="externalservice"`)
	if err != nil {
		return 0, err
	}
	losses, err := w.operator.Sum(ctx, total, `controller="externalservice-removals"`)
	return looks + losses, err
}

// memory is the operator's resident memory in MiB, now and at its highest.
func (w *world) memory() (now, highest float64) {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", w.operator.PID()))
	for _, l := range strings.Split(string(text), "\n") {
		fields := strings.Fields(l)
		if len(fields) < 2 {
			continue
		}
		kibibytes, _ := strconv.ParseFloat(fields[1], 64)
		switch fields[0] {
		case "VmRSS:":
			now = kibibytes / 1024
		case "VmHWM:":
			highest = kibibytes / 1024
		}
	}
	return now, highest
}
