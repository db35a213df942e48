package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// errNoCgroup is why starvation cannot be tried here.
var errNoCgroup = errors.New("no cgroup with a CPU controller may be made here: root and /sys/fs/cgroup are needed")

// cgroup bounds the CPU of a process.
type cgroup struct{ directory string }

// newCgroup makes an empty group, with version 1 or 2.
func newCgroup() (*cgroup, error) {
	for _, root := range []string{"/sys/fs/cgroup/cpu", "/sys/fs/cgroup"} {
		directory := filepath.Join(root, fmt.Sprintf("external-endpoints-bench-%d", os.Getpid()))
		_ = os.WriteFile(filepath.Join(root, "cgroup.subtree_control"), []byte("+cpu"), 0o600) // version 2
		if os.Mkdir(directory, 0o755) != nil {
			continue
		}
		g := &cgroup{directory}
		if g.limit(1) == nil {
			return g, nil
		}
		g.remove()
	}
	return nil, errNoCgroup
}

// limit allows this part of one core.
func (g *cgroup) limit(core float64) error {
	const period = 100_000 // microseconds
	quota := strconv.Itoa(int(core * period))
	if g.write("cpu.max", quota+" "+strconv.Itoa(period)) == nil {
		return nil
	}
	return errors.Join(g.write("cpu.cfs_period_us", strconv.Itoa(period)), g.write("cpu.cfs_quota_us", quota))
}

func (g *cgroup) add(p *process) error {
	return g.write("cgroup.procs", strconv.Itoa(p.command.Process.Pid))
}

func (g *cgroup) write(file, text string) error {
	opened, err := os.OpenFile(filepath.Join(g.directory, file), os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = opened.WriteString(text)
	return errors.Join(err, opened.Close())
}

func (g *cgroup) remove() { _ = os.Remove(g.directory) }
