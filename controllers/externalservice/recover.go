package externalservice

import (
	"net/netip"

	"github.com/external-endpoints/operator/probes/engine"
)

// recoverState makes the state of a starting operator. Of an object that is observed the
// slices tell who gets traffic, as of any other, but of health only the status
// does: nobody has kept the slices up to date.
func recoverState(f facts) state {
	m := inherit(f)
	if !f.observes() {
		return m
	}
	for _, status := range f.object.Status.Endpoints {
		id, named := memberOf(status)
		if state, decided := decidedState(status); named && decided {
			m.take(id, verdictOf(state, status))
		}
	}
	return m
}

// listedEndpoints are the endpoints that our slices send traffic to at this time, under the
// spec's names of their ports.
func listedEndpoints(f facts, l layout) map[engine.MemberID]bool {
	f.endpoints = nil // those that somebody wrote by hand are not ours
	listed, records := map[engine.MemberID]bool{}, map[netip.AddrPort]bool{}
	for _, e := range l.endpoints {
		records[netip.AddrPortFrom(e.id.Address, e.id.Instance)] = true
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
