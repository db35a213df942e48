package operator

import (
	"os"
	"runtime/debug"
)

// garbagePercent is how much garbage may be made, in percent of what is in use, before
// it is collected. Go's own 100 doubles the memory of a process that keeps ten megabytes
// for ten thousand targets, and makes less than one a second.
const garbagePercent = 50

// spareMemory has the garbage collector run more often than by default, unless GOGC
// says when.
func spareMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbagePercent)
	}
}
