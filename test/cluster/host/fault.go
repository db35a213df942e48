package host

import "sync/atomic"

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
}

// faults is what is in force.
type faults struct{ traffic, health atomic.Pointer[fault] }

func newFaults() *faults {
	f := &faults{}
	f.set(fault{})
	return f
}

func (f *faults) set(to fault) {
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
