package endpointslice

import (
	"net/netip"

	discoveryv1 "k8s.io/api/discovery/v1"
)

// Key identifies what kube-proxy sends traffic to: an address and the number of
// its port, behind a port of the Service.
type Key struct {
	Address  netip.Addr
	PortName string
	Number   int32
}

// State is what a slice says of an endpoint.
type State struct {
	Ready, Serving, Terminating bool
}

// Published returns what the slices publish. They are the state across restarts: a new leader
// takes the hosts over from them.
//
// An endpoint that is in two slices, after a crash between two writes, has the state that gets
// more traffic; see [State.MoreAvailable].
func Published(existing []*discoveryv1.EndpointSlice) map[Key]State {
	published := map[Key]State{}
	for _, slice := range existing {
		for i := range slice.Endpoints {
			listed := &slice.Endpoints[i]
			address := addressOf(listed)
			if !address.IsValid() {
				continue
			}
			state := stateOf(listed.Conditions)
			for _, port := range slice.Ports {
				if port.Name == nil {
					continue
				}
				key := Key{Address: address, PortName: *port.Name}
				if port.Port != nil {
					key.Number = *port.Port
				}
				if other, twice := published[key]; !twice || state.MoreAvailable(other) {
					published[key] = state
				}
			}
		}
	}
	return published
}

// MoreAvailable reports whether a copy with this state gets more traffic than the other.
// That copy counts: what was in stays in until it has failed.
func (s State) MoreAvailable(other State) bool {
	if s.Ready != other.Ready {
		return s.Ready
	}
	return s.Serving && !other.Serving
}

// stateOf reads conditions as kube-proxy does: nil means ready, serving and not
// terminating.
func stateOf(c discoveryv1.EndpointConditions) State {
	return State{
		Ready:       c.Ready == nil || *c.Ready,
		Serving:     c.Serving == nil || *c.Serving,
		Terminating: c.Terminating != nil && *c.Terminating,
	}
}
