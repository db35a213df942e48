package recovery

import (
	"net/netip"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/endpointslice"
	"github.com/external-endpoints/operator/controllers/internal/facts"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/probes/engine"
)

// publishedStates is the state of each endpoint in the published objects. instance distinguishes
// members with one address by the number of their port.
func publishedStates(f facts.Facts, instance func(netip.Addr, int32) uint16) map[engine.MemberID]endpointslice.State {
	states := map[engine.MemberID]endpointslice.State{}
	for key, listed := range listingsOf(f) {
		id := engine.MemberID{Address: key.Address, Port: key.PortName, Instance: instance(key.Address, key.Number)}
		if other, twice := states[id]; !twice || listed.state.MoreAvailable(other) {
			states[id] = listed.state
		}
	}
	return states
}

// listings are what the published objects say, under the spec's port names.
func listingsOf(f facts.Facts) map[endpointslice.Key]listing {
	specNames := map[string]string{}
	for specName, name := range f.PortNames {
		specNames[name] = specName
	}
	listings := map[endpointslice.Key]listing{}
	add := func(key endpointslice.Key, l listing) {
		if specName, renamed := specNames[key.PortName]; renamed {
			key.PortName = specName
		}
		listings[key] = l
	}
	traits := traitsOf(f.Slices)
	for key, state := range endpointslice.Published(f.Slices) {
		l := traits[key.Address]
		l.state = state
		add(key, l)
	}
	if len(f.Slices) == 0 && f.Endpoints != nil && !endpointslice.IsOurs(f.Endpoints) {
		eachReady(f.Endpoints, func(key endpointslice.Key) { add(key, listing{state: endpointslice.State{Ready: true, Serving: true}}) })
	}
	return listings
}

// traitsOf is what slices hold of addresses beside their health.
func traitsOf(all []*discoveryv1.EndpointSlice) map[netip.Addr]listing {
	traits := map[netip.Addr]listing{}
	for _, slice := range all {
		for _, e := range slice.Endpoints {
			if len(e.Addresses) == 0 {
				continue
			}
			if address, err := netip.ParseAddr(e.Addresses[0]); err == nil {
				traits[address] = listing{zone: textOf(e.Zone), hostname: textOf(e.Hostname)}
			}
		}
	}
	return traits
}

// textOf is the text; empty where there is none.
func textOf(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

// eachReady calls visit for every ready address and port of an Endpoints object.
func eachReady(endpoints *corev1.Endpoints, visit func(endpointslice.Key)) {
	for _, subset := range endpoints.Subsets {
		for _, a := range subset.Addresses {
			address, err := netip.ParseAddr(a.IP)
			if err != nil {
				continue
			}
			for _, port := range subset.Ports {
				visit(endpointslice.Key{Address: address, PortName: port.Name, Number: port.Port})
			}
		}
	}
}

// listing is what the published objects say of an address and port.
type listing struct {
	key            endpointslice.Key
	state          endpointslice.State
	zone, hostname string
}

// fits is a score of how likely the published endpoint belongs to a name: by the state that the
// spec wants, then by the port, then by zone and hostname. An endpoint that is not ready may be
// a draining host that is down; more often it is not.
func (l listing) fits(host v1alpha1.Host, ports []v1alpha1.Port) int {
	fit, drains := 0, hosts.IntentOf(host) == v1alpha1.HostDrain
	switch {
	case drains == l.state.Terminating:
		fit += 9
	case drains && !l.state.Ready:
		fit += 8
	}
	for _, port := range ports {
		if port.Name == l.key.PortName && (host.IsSRV() || host.TargetPort(port) == l.key.Number) {
			fit += 4
		}
	}
	if l.zone == host.Zone && l.hostname == host.Hostname {
		fit += 2
	}
	return fit
}

// Published are the endpoints that our slices send traffic to at this time, under the
// spec's names of their ports.
func Published(f facts.Facts, l hosts.Layout) map[engine.MemberID]bool {
	f.Endpoints = nil // Endpoints of another writer are not ours
	listed, records := map[engine.MemberID]bool{}, map[netip.AddrPort]bool{}
	for _, e := range l.Endpoints {
		records[netip.AddrPortFrom(e.ID.Address, e.ID.Instance)] = true
	}
	instance := func(address netip.Addr, number int32) uint16 {
		if records[netip.AddrPortFrom(address, uint16(number))] {
			return uint16(number)
		}
		return 0
	}
	for id, state := range publishedStates(f, instance) {
		if state.Ready && !state.Terminating {
			listed[id] = true
		}
	}
	return listed
}
