package health

import (
	"time"
)

// Network is what is known of the prober's own network, seen from one group of
// hosts: whether the failures of all its hosts at once can be believed.
type Network struct {
	// Isolated: nearly everything that was healthy fails, so that the prober has lost
	// its network, and not the world its hosts.
	Isolated bool
	// Alone: no other group watches other hosts that were healthy or answered, so that no
	// witness is left.
	Alone bool
	// LastSuccess is when the latest successful probe of any target outside the
	// group's own hosts started; zero: none yet.
	LastSuccess time.Time
}

// Corroborates reports whether the failure of a host can be put down to the host though
// no other host of its group has answered since.
func (n Network) Corroborates(failing Verdict) bool {
	if n.Isolated || !failing.Failing() {
		return false
	}
	return n.Alone || !n.LastSuccess.Before(failing.Run.Seen)
}
