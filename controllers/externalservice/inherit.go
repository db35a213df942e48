package externalservice

import (
	"maps"
	"net/netip"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/endpointslice"
	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
)

// inherit makes the memory of a starting operator from what its predecessor
// published. The slices are the truth about what gets traffic; the status, which
// is written after them, tells the rest as far as it agrees:
//
//	slice says   status says              the host is taken over as
//	ready        Unhealthy, published     unhealthy but kept in (an outage)
//	ready        anything else            healthy
//	not ready    Unhealthy                unhealthy, with its reason and since when
//	not ready    Healthy, not published   healthy: it stands by for other tiers
//	not ready    anything else            unhealthy: it stays out until it has proved itself
//	absent       Healthy or Unhealthy     that: the slice was lost, or leaves such hosts out
//	absent       anything else            nothing: a new host
//
// A draining host counts as unhealthy when a reason is told. Of a Service that
// publishes addresses that are not ready, every slice says ready: there the status
// goes first.
//
// What a status that is too long does not tell is guessed; see untold.go. Whose an
// address is tells recollection.go.
//
// An Endpoints object that somebody wrote by hand before there were slices of
// ours counts like ready slices: its hosts get traffic, and go on getting it.
func inherit(f facts) state {
	m := newState()
	m.outage = portsInOutage(f.object)
	recollection := recollect(f)
	m.remembered, m.guessed, m.names = recollection.records, recollection.guessed, namesTold(f.object)
	m.namesAnnounced = m.names // a restart is no news
	told := map[engine.MemberID]v1alpha1.EndpointStatus{}
	for _, e := range f.object.Status.Endpoints {
		if id, named := memberOf(e); named {
			told[id] = e
		}
	}
	states := publishedStates(f, recollection.instance)
	untold := untoldOf(f, states, m.outage, recollection)
	for id, state := range states {
		status, isTold := told[id]
		if _, decided := decidedState(status); decided && f.publishesNotReady() {
			continue
		}
		delete(told, id)
		m.published[id] = state.Ready && !state.Terminating
		if isTold {
			m.take(id, sliceVerdict(state, status))
		} else {
			m.take(id, health.TakenOver(untold.state(id, state), time.Time{}, ""))
		}
	}
	for id, status := range told {
		if state, decided := decidedState(status); decided {
			m.published[id] = status.Published
			m.take(id, verdictOf(state, status))
		}
	}
	for _, id := range untold.standbys(f.object, m.inherited) {
		m.take(id, health.TakenOver(health.Healthy, time.Time{}, ""))
	}
	for id, published := range m.published {
		m.acknowledged[id] = taken{published: published}
	}
	return m
}

// portsInOutage are the ports where the failure policy was in force. Every healthy
// host is published there, of all tiers, but for one that waits until those above it
// are heard; KeepLast keeps some unhealthy host, PublishAll publishes every one, and
// PublishNone perhaps none. A port too many is soon forgotten, and nothing moves
// meanwhile: what the policy would publish there is published already.
func portsInOutage(object *v1alpha1.ExternalService) map[string]bool {
	ports := map[string]bool{}
	if safetyAction(object) == "" {
		return ports
	}
	action := object.Spec.FailurePolicy.EffectiveAction()
	others := map[string]bool{}
	for _, e := range object.Status.Endpoints {
		unhealthy := e.State == v1alpha1.EndpointUnhealthy
		if unhealthy && (e.Published || action == v1alpha1.ActionPublishNone) {
			ports[e.Port] = true
		}
		if !e.Published && (e.State == v1alpha1.EndpointHealthy || unhealthy && action == v1alpha1.ActionPublishAll) {
			others[e.Port] = true
		}
	}
	certain := maps.Clone(ports)
	maps.DeleteFunc(certain, func(port string, _ bool) bool { return others[port] })
	if len(certain) == 0 {
		return ports // one of them it was
	}
	return certain
}

func (m *state) take(id engine.MemberID, v health.Verdict) {
	m.inherited[id] = v
	m.states[id] = v.State
}

// sliceVerdict is the verdict on a host that a slice of ours lists.
func sliceVerdict(state endpointslice.State, status v1alpha1.EndpointStatus) health.Verdict {
	told, decided := decidedState(status)
	switch {
	case state.Ready && decided && told == health.Unhealthy && status.Published:
		return verdictOf(health.Unhealthy, status)
	case state.Ready, state.Serving, told == health.Healthy && !status.Published:
		return verdictOf(health.Healthy, status)
	default:
		return verdictOf(health.Unhealthy, status)
	}
}

// verdictOf is the verdict with that state, and with the status's history where
// the status is about the same state.
func verdictOf(state health.State, status v1alpha1.EndpointStatus) health.Verdict {
	told, decided := decidedState(status)
	draining := status.State == v1alpha1.EndpointDraining
	if !draining && (!decided || told != state) {
		return health.TakenOver(state, time.Time{}, "")
	}
	var since time.Time
	if status.Since != nil {
		since = status.Since.Time
	}
	return health.TakenOver(state, since, probes.Reason(status.Reason))
}

// decidedState is the verdict that a status tells, if it tells one.
func decidedState(status v1alpha1.EndpointStatus) (health.State, bool) {
	switch {
	case status.State == v1alpha1.EndpointHealthy:
		return health.Healthy, true
	case status.State == v1alpha1.EndpointUnhealthy,
		status.State == v1alpha1.EndpointDraining && status.Reason != "":
		return health.Unhealthy, true
	default:
		return health.Unknown, false
	}
}

// publishedStates says what the published objects tell of each endpoint. instance
// is what tells members at one address apart, by the number of their port.
func publishedStates(f facts, instance func(netip.Addr, int32) uint16) map[engine.MemberID]endpointslice.State {
	states := map[engine.MemberID]endpointslice.State{}
	for key, listed := range listingsOf(f) {
		id := engine.MemberID{Address: key.Address, Port: key.PortName, Instance: instance(key.Address, key.Number)}
		if other, twice := states[id]; !twice || listed.state.Attracts(other) {
			states[id] = listed.state
		}
	}
	return states
}

// listings are what the published objects say, under the spec's port names.
func listingsOf(f facts) map[endpointslice.Key]listing {
	specNames := map[string]string{}
	for specName, name := range f.portNames {
		specNames[name] = specName
	}
	listings := map[endpointslice.Key]listing{}
	add := func(key endpointslice.Key, l listing) {
		if specName, renamed := specNames[key.PortName]; renamed {
			key.PortName = specName
		}
		listings[key] = l
	}
	traits := traitsOf(f.slices)
	for key, state := range endpointslice.Published(f.slices) {
		l := traits[key.Address]
		l.state = state
		add(key, l)
	}
	if len(f.slices) == 0 && f.endpoints != nil && !endpointslice.IsOurs(f.endpoints) {
		eachReady(f.endpoints, func(key endpointslice.Key) { add(key, listing{state: endpointslice.State{Ready: true, Serving: true}}) })
	}
	return listings
}

// traitsOf says what slices tell of addresses beside their health.
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

// foreignMirror reports whether a slice is the mirror of an Endpoints object.
func foreignMirror(slice *discoveryv1.EndpointSlice) bool {
	return slice.Labels[discoveryv1.LabelManagedBy] == "endpointslicemirroring-controller.k8s.io"
}
