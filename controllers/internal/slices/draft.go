package slices

import (
	"net/netip"
	"time"

	discoveryv1 "k8s.io/api/discovery/v1"
)

// MaxEndpoints is the most endpoints that a slice gets. The API allows 1000, but
// a write costs the API server and every watcher in proportion to its size: 100
// is what Kubernetes itself uses.
const MaxEndpoints = 100

// draft is one slice in the making.
type draft struct {
	// group is nil for a slice that is no longer of any use.
	group *group
	// existing is nil for a slice that is to be created, by that name.
	existing *discoveryv1.EndpointSlice
	name     string

	members []*member

	// dirty: a write is due.
	dirty bool
	// raises: an endpoint appears, or becomes able to take traffic.
	raises bool
	// hands: an endpoint leaves for another slice.
	hands bool

	// raised are the kept endpoints that become able to take traffic, and dropped
	// those that the group no longer wants.
	raised, dropped []netip.Addr

	// trigger is when the earliest probe among those that led to the changes of
	// endpoints gave its result.
	trigger time.Time
}

// keep takes over from the existing slice what is still desired (step 2).
func (d *draft) keep(mark mark) {
	if !mark.isOn(&d.existing.ObjectMeta) {
		// Without its labels nobody sees the slice.
		d.dirty, d.raises = true, true
	}
	if len(d.existing.Endpoints) == 0 {
		d.dirty = true
	}
	for i := range d.existing.Endpoints {
		d.keepEndpoint(&d.existing.Endpoints[i])
	}
}

func (d *draft) keepEndpoint(listed *discoveryv1.Endpoint) {
	address := addressOf(listed)
	m := d.group.find(address)
	switch {
	case m == nil:
		d.dropped = append(d.dropped, address)
		d.dirty = true
	case m.desired.Withheld:
		d.change(m)
	case m.home != nil:
		// The copy that stays is the first one: it is written before this one goes.
		d.hands = d.hands || m.home != d
		d.dirty = true
	case len(d.members) == MaxEndpoints:
		d.dropped = append(d.dropped, address)
		d.dirty = true
	default:
		m.home = d
		d.members = append(d.members, m)
		if same(listed, m) {
			return
		}
		d.change(m)
		if raises(stateOf(listed.Conditions), m.desired.state()) {
			d.raises = true
			d.raised = append(d.raised, address)
		}
	}
}

// add takes as many of the members as there is room for and returns the others.
func (d *draft) add(members []*member) (rest []*member) {
	n := min(len(members), MaxEndpoints-len(d.members))
	for _, m := range members[:n] {
		m.home = d
		d.members = append(d.members, m)
		d.change(m)
		d.raises = true
	}
	return members[n:]
}

// change notes that the slice will say something else of the endpoint.
func (d *draft) change(m *member) {
	d.dirty = true
	d.trigger = earliest(d.trigger, m.desired.Trigger)
}

// raises reports whether an endpoint gets traffic that it did not get before:
// terminating ones get it too where none is ready, as long as they serve.
func raises(before, after State) bool {
	return after.Ready && !before.Ready || after.Serving && !before.Serving
}

// addressOf returns the address of a listed endpoint; an invalid one where there
// is none. Nobody looks at further addresses.
func addressOf(listed *discoveryv1.Endpoint) netip.Addr {
	if len(listed.Addresses) == 0 {
		return netip.Addr{}
	}
	address, err := netip.ParseAddr(listed.Addresses[0])
	if err != nil {
		return netip.Addr{}
	}
	return address.Unmap()
}
