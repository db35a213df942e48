package operator

import (
	"os"
	"runtime/debug"
	"strconv"
	"strings"
)

const (
	// heapGrowth is by how many percent the heap may grow until garbage is collected.
	// Go's 100 has the operator take twice the memory that it needs, for what saves it
	// a percent of one core: nearly all of its time goes into system calls.
	heapGrowth = 25
	// memoryShare is the part of the container's memory within which Go is to stay: the
	// rest is for what it does not count, and for what it does not manage in time.
	memoryShare = 0.9
)

// limitFiles say how much memory the container may take, in cgroups version 2 and 1.
var limitFiles = []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}

// boundMemory makes garbage collection run early enough. GOGC and GOMEMLIMIT in the environment
// take precedence.
func boundMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(heapGrowth)
	}
	if limit := containerLimit(limitFiles); limit > 0 && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(int64(memoryShare * float64(limit)))
	}
}

// containerLimit is how many bytes the container may take; 0: as many as there are.
func containerLimit(files []string) int64 {
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		// "max", and what version 1 has in place of it, is more than fits in any machine.
		const unlimited = 1 << 60
		if limit, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil && limit < unlimited {
			return limit
		}
		return 0
	}
	return 0
}
