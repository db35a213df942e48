// Package quota takes CPU away from a process, as the limit of a container does: by a
// control group with a quota, of version 1 or 2, whichever the machine lets us have.
package quota

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// ErrNotAllowed is the error of a machine that lets us make no such control group.
var ErrNotAllowed = errors.New("this machine allows no CPU quotas")

// period is the kernel's usual one: what a process may use of it, it uses up, and then
// it is stopped to its end.
const period = 100 * time.Millisecond

// Quota is a control group of our own.
type Quota struct {
	version   version
	directory string
}

// New makes a control group, below the caller's own, without a quota yet. The
// caller removes it. The error is ErrNotAllowed if there can be none.
func New() (*Quota, error) {
	membership, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotAllowed, err)
	}
	var all []error
	for _, v := range []version{two, one} {
		for _, parent := range v.parents(string(membership)) {
			q := &Quota{v, filepath.Join(parent, fmt.Sprintf("quota-%d-%d", os.Getpid(), time.Now().UnixNano()))}
			if err := q.make(); err != nil {
				all = append(all, err)
				continue
			}
			return q, nil
		}
	}
	return nil, fmt.Errorf("%w: %w", ErrNotAllowed, errors.Join(all...))
}

func (q *Quota) make() error {
	if err := os.Mkdir(q.directory, 0o755); err != nil {
		return err
	}
	if err := q.Lift(); err != nil {
		return errors.Join(err, os.Remove(q.directory))
	}
	return nil
}

// Add takes a process in, with all its threads.
func (q *Quota) Add(pid int) error { return q.write("cgroup.procs", strconv.Itoa(pid)) }

// Limit leaves a share of one core, in percent.
func (q *Quota) Limit(percent int) error {
	return q.set((period * time.Duration(percent) / 100).Microseconds())
}

// Lift leaves as much as there is.
func (q *Quota) Lift() error { return q.set(q.version.unlimited) }

func (q *Quota) set(microseconds int64) error {
	for _, setting := range q.version.settings(microseconds) {
		if err := q.write(setting.file, setting.value); err != nil {
			return err
		}
	}
	return nil
}

// Throttled is in how many periods the processes wanted to run at all, and in how many
// of them they were stopped for having used up their quota.
func (q *Quota) Throttled() (periods, throttled int, err error) {
	content, err := os.ReadFile(filepath.Join(q.directory, "cpu.stat"))
	if err != nil {
		return 0, 0, fmt.Errorf("reading how often a process was throttled: %w", err)
	}
	for line := range strings.Lines(string(content)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		into := map[string]*int{"nr_periods": &periods, "nr_throttled": &throttled}[name]
		if into == nil {
			continue
		}
		if *into, err = strconv.Atoi(value); err != nil {
			return 0, 0, fmt.Errorf("reading how often a process was throttled: %w", err)
		}
	}
	return periods, throttled, nil
}

// Remove removes the control group, once its processes have ended.
func (q *Quota) Remove() error {
	if err := os.Remove(q.directory); err != nil {
		return fmt.Errorf("removing a control group: %w", err)
	}
	return nil
}

func (q *Quota) write(file, value string) error {
	// Without O_CREATE: what is not there is not to be made up.
	f, err := os.OpenFile(filepath.Join(q.directory, file), os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("setting a CPU quota: %w", err)
	}
	_, err = f.WriteString(value)
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("setting a CPU quota: %w", err)
	}
	return nil
}
