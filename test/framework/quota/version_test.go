package quota

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestQuotaParentGroups(t *testing.T) {
	for _, c := range []struct {
		name, membership string
		version          version
		want             []string
	}{
		{"version 1", "2:cpuacct:/\n1:cpu:/\n0::/\n", one, []string{"/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu,cpuacct"}},
		{"version 1, with two controllers in one hierarchy", "4:cpu,cpuacct:/a\n", one, []string{
			"/sys/fs/cgroup/cpu/a", "/sys/fs/cgroup/cpu,cpuacct/a", "/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu,cpuacct",
		}},
		{"version 2", "0::/user.slice/session\n", two, []string{
			"/sys/fs/cgroup/user.slice/session", "/sys/fs/cgroup/unified/user.slice/session",
			"/sys/fs/cgroup/user.slice", "/sys/fs/cgroup/unified/user.slice",
			"/sys/fs/cgroup", "/sys/fs/cgroup/unified",
		}},
		{"version 1 where there is only 2", "0::/\n", one, nil},
		{"none", "", two, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, c.version.parents(c.membership)); diff != "" {
				t.Errorf("parents (-want +got):\n%s", diff)
			}
		})
	}
}

func TestQuotaFormatsKernelFiles(t *testing.T) {
	for _, c := range []struct {
		name         string
		version      version
		microseconds int64
		want         []setting
	}{
		{"version 1", one, 5000, []setting{{"cpu.cfs_period_us", "100000"}, {"cpu.cfs_quota_us", "5000"}}},
		{"version 1, none", one, one.unlimited, []setting{{"cpu.cfs_period_us", "100000"}, {"cpu.cfs_quota_us", "-1"}}},
		{"version 2", two, 5000, []setting{{"cpu.max", "5000 100000"}}},
		{"version 2, none", two, two.unlimited, []setting{{"cpu.max", "max 100000"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, c.version.settings(c.microseconds), cmp.AllowUnexported(setting{})); diff != "" {
				t.Errorf("settings (-want +got):\n%s", diff)
			}
		})
	}
}
