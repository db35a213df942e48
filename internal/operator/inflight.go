package operator

import (
	"math"
	"runtime/debug"
	"syscall"

	"github.com/go-logr/logr"

	"github.com/external-endpoints/operator/probes"
)

const (
	// leastInFlight is the smallest bound on probes in flight: with fewer places no fair share of
	// them is left for many namespaces.
	leastInFlight = 100
	// mostInFlight is the bound where neither memory nor descriptors set a smaller one.
	mostInFlight = 100_000
)

// maxInFlight returns how many probes may be in flight: what the flag says, or as many as memory
// and file descriptors allow. Over the first the container is killed, over the second the
// probes of every namespace fail. To be called after boundMemory.
func maxInFlight(o Options, logger logr.Logger) int {
	if o.MaxProbesInFlight > 0 {
		return o.MaxProbesInFlight
	}
	memory, descriptors := debug.SetMemoryLimit(-1), descriptorLimit()
	places := placesWithin(memory, descriptors)
	logger.Info("Bounded the probes in flight", "maxProbesInFlight", places, "memoryLimit", memory, "descriptorLimit", descriptors)
	return places
}

// placesWithin is how many probes fit into half of the memory, if all their hosts hang, and into three
// quarters of the file descriptors. The rest is for state, caches, lookups and connections.
func placesWithin(memory int64, descriptors uint64) int {
	places := uint64(mostInFlight)
	if memory < math.MaxInt64 {
		places = min(places, uint64(max(memory, 0))/2/probes.SilentMemory)
	}
	return int(max(min(places, descriptors/4*3), leastInFlight))
}

// descriptorLimit is how many files the process may have open. The Go runtime has raised the soft limit
// to the hard one.
func descriptorLimit() uint64 {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return math.MaxUint64
	}
	return limit.Cur
}
