package endpointslice

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
	// brings: an endpoint appears, or gets traffic that it did not get before.
	brings bool
	// readies: one of those is ready.
	readies bool
	// loses: a ready endpoint goes, or is ready no more.
	loses bool
	// hands: an endpoint leaves for another slice.
	hands bool
	// hidden: no consumer uses the slice as it is, because its metadata or ports are wrong.
	hidden bool

	// raised are the kept endpoints that get traffic which they did not get before,
	// and dropped those that have no place here any more.
	raised, dropped []netip.Addr

	// trigger is when the earliest probe among those that led to the changes of
	// endpoints gave its result.
	trigger time.Time
}

// keep takes over from the existing slice what is still desired (step 2).
func (d *draft) keep(mark mark) {
	d.hidden = d.hidden || !mark.isOn(&d.existing.ObjectMeta)
	d.dirty = d.hidden || len(d.existing.Endpoints) == 0
	for i := range d.existing.Endpoints {
		d.keepEndpoint(&d.existing.Endpoints[i])
	}
}

func (d *draft) keepEndpoint(listed *discoveryv1.Endpoint) {
	address, before := addressOf(listed), stateOf(listed.Conditions)
	m := d.group.find(address)
	switch {
	case m == nil:
		d.dropped = append(d.dropped, address)
		d.drop(before)
	case m.desired.Withheld:
		d.change(m)
		d.drop(before)
	case m.home != nil:
		// The copy that stays is the first one: it is written before this one goes.
		d.hands = d.hands || m.home != d
		d.drop(before)
	case len(d.members) == MaxEndpoints:
		d.dropped = append(d.dropped, address)
		d.drop(before)
	default:
		m.home = d
		d.members = append(d.members, m)
		if !same(listed, m) {
			d.change(m)
		}
		if d.weigh(before, m.desired.state()) {
			d.raised = append(d.raised, address)
		}
	}
}

// drop notes that an endpoint is no longer listed here.
func (d *draft) drop(before State) {
	d.dirty = true
	d.loses = d.loses || before.Ready
}

// weigh records which endpoints start to get traffic, and which stop.
func (d *draft) weigh(before, after State) (raised bool) {
	d.loses = d.loses || before.Ready && !after.Ready
	if d.hidden {
		before = State{}
	}
	readied := after.Ready && !before.Ready
	raised = readied || after.Serving && !before.Serving
	d.readies = d.readies || readied
	d.brings = d.brings || raised
	return raised
}

// add takes as many of the members as there is room for and returns the others.
func (d *draft) add(members []*member) (rest []*member) {
	n := min(len(members), MaxEndpoints-len(d.members))
	for _, m := range members[:n] {
		m.home = d
		d.members = append(d.members, m)
		d.change(m)
		d.brings = true
		d.readies = d.readies || m.desired.Ready
	}
	return members[n:]
}

// change notes that the slice will say something else of the endpoint.
func (d *draft) change(m *member) {
	d.dirty = true
	d.trigger = earliest(d.trigger, m.desired.Trigger)
}

// addressOf returns the address of a listed endpoint; an invalid one where there is none.
// Consumers ignore further addresses.
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
