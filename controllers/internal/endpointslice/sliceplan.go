package endpointslice

import (
	"net/netip"
	"time"

	discoveryv1 "k8s.io/api/discovery/v1"
)

// same reports whether a slice says of an endpoint what is desired, and nothing
// else. Nil conditions are not the same as what they mean to kube-proxy.
func same(listed *discoveryv1.Endpoint, m *member) bool {
	return len(listed.Addresses) == 1 && isCanonical(listed.Addresses[0], m) &&
		complete(listed.Conditions) && stateOf(listed.Conditions) == m.desired.state() &&
		text(listed.Hostname) == m.desired.Hostname &&
		text(listed.Zone) == m.desired.Zone &&
		listed.NodeName == nil &&
		listed.TargetRef == nil &&
		sameHints(listed.Hints, m.forZones) &&
		len(listed.DeprecatedTopology) == 0
}

// isCanonical reports whether an address has the form in which it would be written. It compares
// without allocations, because it runs for every endpoint in every plan.
func isCanonical(address string, m *member) bool {
	var buffer [64]byte
	return string(m.address.AppendTo(buffer[:0])) == address
}

func complete(c discoveryv1.EndpointConditions) bool {
	return c.Ready != nil && c.Serving != nil && c.Terminating != nil
}

// MaxEndpoints is the most endpoints that a slice gets. The API allows 1000, but
// a write costs the API server and every watcher in proportion to its size: 100
// is what Kubernetes itself uses.
const MaxEndpoints = 100

// slicePlan is one slice in the making.
type slicePlan struct {
	// group is nil for a slice that is no longer of any use.
	group *group
	// existing is nil for a slice that is to be created, by that name.
	existing *discoveryv1.EndpointSlice
	name     string

	members []*member

	// dirty: a write is due.
	dirty bool
	// adds: an endpoint appears, or gets traffic that it did not get before.
	adds bool
	// makesReady: one of those is ready.
	makesReady bool
	// loses: a ready endpoint goes, or is ready no more.
	loses bool
	// movesOut: an endpoint leaves for another slice.
	movesOut bool
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
func (d *slicePlan) keep(metadata ownedMetadata) {
	d.hidden = d.hidden || !metadata.isSetOn(&d.existing.ObjectMeta)
	d.dirty = d.hidden || len(d.existing.Endpoints) == 0
	for i := range d.existing.Endpoints {
		d.keepEndpoint(&d.existing.Endpoints[i])
	}
}

func (d *slicePlan) keepEndpoint(listed *discoveryv1.Endpoint) {
	address, before := addressOf(listed), stateOf(listed.Conditions)
	m := d.group.find(address)
	switch {
	case m == nil:
		d.dropped = append(d.dropped, address)
		d.drop(before)
	case m.desired.Omit:
		d.change(m)
		d.drop(before)
	case m.slice != nil:
		// The copy that stays is the first one: it is written before this one goes.
		d.movesOut = d.movesOut || m.slice != d
		d.drop(before)
	case len(d.members) == MaxEndpoints:
		d.dropped = append(d.dropped, address)
		d.drop(before)
	default:
		m.slice = d
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
func (d *slicePlan) drop(before State) {
	d.dirty = true
	d.loses = d.loses || before.Ready
}

// weigh records which endpoints start to get traffic, and which stop.
func (d *slicePlan) weigh(before, after State) (raised bool) {
	d.loses = d.loses || before.Ready && !after.Ready
	if d.hidden {
		before = State{}
	}
	readied := after.Ready && !before.Ready
	raised = readied || after.Serving && !before.Serving
	d.makesReady = d.makesReady || readied
	d.adds = d.adds || raised
	return raised
}

// add takes as many of the members as there is room for and returns the others.
func (d *slicePlan) add(members []*member) (rest []*member) {
	n := min(len(members), MaxEndpoints-len(d.members))
	for _, m := range members[:n] {
		m.slice = d
		d.members = append(d.members, m)
		d.change(m)
		d.adds = true
		d.makesReady = d.makesReady || m.desired.Ready
	}
	return members[n:]
}

// change notes that the slice will say something else of the endpoint.
func (d *slicePlan) change(m *member) {
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
