package host

import (
	"net/http"
	"sync"
	"sync/atomic"
)

// kind is what a server does instead of answering.
type kind string

const (
	kindNone    kind = ""
	kindStatus  kind = "status"  // HTTP: answers with another status
	kindHang    kind = "hang"    // accepts, never answers
	kindReset   kind = "reset"   // accepts, then resets the connection
	kindTrickle kind = "trickle" // answers one byte a second
)

// fault is an order to misbehave, from now on, on one path.
type fault struct {
	Kind   kind `json:"kind"`
	Status int  `json:"status,omitempty"`
	// HealthOnly leaves the traffic path as it is; without it both paths
	// misbehave alike.
	HealthOnly bool `json:"healthOnly,omitempty"`
	// Path makes it no fault but what an HTTP path says from now on, whatever
	// befalls the host.
	Path string `json:"path,omitempty"`
}

// faults is what is in force.
type faults struct {
	traffic, health atomic.Pointer[fault]
	statuses        sync.Map // path to status
}

func newFaults(statuses map[string]int) *faults {
	f := &faults{}
	f.set(fault{})
	for path, status := range statuses {
		f.statuses.Store(path, status)
	}
	return f
}

func (f *faults) set(to fault) {
	if to.Path != "" {
		f.statuses.Store(to.Path, to.Status)
		return
	}
	f.health.Store(&to)
	if !to.HealthOnly {
		f.traffic.Store(&to)
	}
}

func (f *faults) of(health bool) fault {
	if health {
		return *f.health.Load()
	}
	return *f.traffic.Load()
}

// statusOf is what an HTTP path says while nothing is wrong with the host.
func (f *faults) statusOf(path string) int {
	if status, told := f.statuses.Load(path); told {
		return status.(int)
	}
	return http.StatusOK
}
