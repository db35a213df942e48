package resolve

import "time"

// lane is one of two queues with slots of their own. A name whose last lookup
// failed waits in the slow one, so that however many names hang, those that can be
// resolved never wait for them.
type lane int

const (
	quick lane = iota
	slow
	lanes int = iota
)

// limits are how many lookups hold a slot of each lane. Lookups that were moved to
// the slow lane count there as well and may go beyond: nothing waits there that
// could be resolved.
var limits = [lanes]int{quick: 16, slow: 64}

const (
	// patience is for how long a lookup may hold a slot of the quick lane. A resolver
	// that works answers within it; the lookup then goes on in the slow lane. So
	// names that hang the first time hold up others for no longer than this.
	patience = 300 * time.Millisecond
	// overall is how long everything may take that one name needs: two servers that
	// are silent, twice, and some time to follow aliases.
	overall = 10 * time.Second
)

func laneOf(s State) lane {
	if s.Failing() {
		return slow
	}
	return quick
}
