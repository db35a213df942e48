package quota

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// setting is what is to be written to a file of a control group.
type setting struct{ file, value string }

// version is how the two versions of control groups differ.
type version struct {
	// controller is how /proc/self/cgroup calls the hierarchy.
	controller string
	// mounts are where it usually is.
	mounts []string
	// unlimited is how no quota is spelled; settings are the files for a quota of so
	// many microseconds in each period.
	unlimited int64
	settings  func(microseconds int64) []setting
}

var (
	one = version{
		controller: "cpu",
		mounts:     []string{"/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu,cpuacct"},
		unlimited:  -1,
		settings: func(microseconds int64) []setting {
			return []setting{
				{"cpu.cfs_period_us", strconv.FormatInt(period.Microseconds(), 10)},
				{"cpu.cfs_quota_us", strconv.FormatInt(microseconds, 10)},
			}
		},
	}
	two = version{
		controller: "",
		mounts:     []string{"/sys/fs/cgroup", "/sys/fs/cgroup/unified"},
		unlimited:  -1,
		settings: func(microseconds int64) []setting {
			quota := "max"
			if microseconds >= 0 {
				quota = strconv.FormatInt(microseconds, 10)
			}
			return []setting{{"cpu.max", fmt.Sprintf("%s %d", quota, period.Microseconds())}}
		},
	}
)

// parents are the directories in which a group may be made, the best one first: the
// group that the caller is in, and those above. In version 2 a group with processes
// has no children with quotas, and where quotas are switched off they are not for us to
// switch on.
func (v version) parents(membership string) []string {
	var all []string
	for line := range strings.Lines(membership) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3) // number, controllers, path
		if len(fields) < 3 || !slices.Contains(strings.Split(fields[1], ","), v.controller) {
			continue
		}
		for path := fields[2]; ; path = filepath.Dir(path) {
			for _, mount := range v.mounts {
				all = append(all, filepath.Join(mount, path))
			}
			if path == "/" || path == "." {
				return all
			}
		}
	}
	return all
}
