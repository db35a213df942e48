package externalservice

import (
	"slices"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
)

// decision says of every endpoint whether it gets traffic.
type decision struct {
	published map[engine.MemberID]bool
	// outage holds the ports whose failed hosts are kept published.
	outage map[string]bool
	// pending: some host has no verdict yet.
	pending bool
}

// decide applies the rules to the latest verdicts. It knows three moves: healthy
// hosts go in, what the user takes out goes out, and an unhealthy host that is
// published goes to the gate.
func decide(endpoints []endpoint, verdicts verdicts, m *memory) decision {
	d := decision{published: map[engine.MemberID]bool{}, outage: map[string]bool{}}
	peers := peersByPort(endpoints, verdicts)
	for _, e := range endpoints {
		if !e.active() {
			continue
		}
		verdict := verdicts[e.id]
		switch {
		case verdict.State == health.Healthy:
			d.published[e.id] = true
		case verdict.State == health.Unknown:
			// Nothing speaks against one that is published, so it stays.
			d.pending = true
			d.published[e.id] = m.published[e.id]
		case m.published[e.id]:
			c := candidate{verdict: verdict, thresholds: thresholds(e.watch.spec)}
			passage := passGate(c, peers[e.id.Port], m.outage[e.id.Port])
			d.published[e.id] = passage != pass
			if passage == hold {
				d.outage[e.id.Port] = true
			}
		}
	}
	d.keepTogether(endpoints)
	return d
}

// keepTogether publishes a host on all the ports that share a slice, or on none:
// a slice says one thing for all of them, and the witnesses of one port may be
// better than those of another.
func (d decision) keepTogether(endpoints []endpoint) {
	for _, host := range byHost(endpoints) {
		for _, group := range byHealth(host) {
			in := slices.ContainsFunc(group, func(e endpoint) bool { return d.published[e.id] })
			for _, e := range group {
				d.published[e.id] = in
			}
		}
	}
}

// peersByPort collects the verdicts on active hosts. A host's own verdict is
// among them: an unhealthy one is evidence for nobody, itself included.
func peersByPort(endpoints []endpoint, verdicts verdicts) map[string][]health.Verdict {
	peers := map[string][]health.Verdict{}
	for _, e := range endpoints {
		if e.active() {
			peers[e.id.Port] = append(peers[e.id.Port], verdicts[e.id])
		}
	}
	return peers
}

// stateOf is the endpoint's state as the status shows it.
func stateOf(e endpoint, verdict health.Verdict) v1alpha1.EndpointState {
	switch {
	case e.denied:
		return v1alpha1.EndpointDenied
	case e.intent == v1alpha1.HostDisabled:
		return v1alpha1.EndpointDisabled
	case e.intent == v1alpha1.HostDrain:
		return v1alpha1.EndpointDraining
	case e.watch.err != nil:
		return v1alpha1.EndpointUnknown // it was judged, but nobody looks any more
	default:
		return v1alpha1.EndpointState(verdict.State.String())
	}
}
