package failover

import (
	"maps"
	"slices"

	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/probes/engine"
)

// Previous is the decision before.
type Previous struct {
	// Published, PublishedByPolicy, Outage and Targets are those of the last decision.
	Published         map[engine.MemberID]bool
	PublishedByPolicy map[engine.MemberID]bool
	Outage            map[string]bool
	Targets           map[engine.MemberID]hosts.Target
	// Unconfirmed are those that the last decision has put in or taken out, though the API
	// server has not taken it, or not answered.
	Unconfirmed map[engine.MemberID]bool
}

// Uses reports whether the endpoint was there in the decision before, or left by a
// predecessor.
func (m *Previous) Uses(id engine.MemberID) bool {
	_, decided := m.Published[id]
	_, aimed := m.Targets[id]
	return decided || aimed
}

// Renamed returns the previous decision under the present port names. A renamed port has the same
// hosts and the same check: hosts that an outage keeps published must stay, as the engine keeps
// their verdicts.
func (m *Previous) Renamed(endpoints []hosts.Endpoint) Previous {
	p := Previous{Published: m.Published, PublishedByPolicy: m.PublishedByPolicy, Outage: m.Outage}
	present := make(map[engine.MemberID]bool, len(endpoints))
	for _, e := range endpoints {
		present[e.ID] = true
	}
	leaving := map[hosts.Target]engine.MemberID{}
	for id, a := range m.Targets {
		if other, shared := leaving[a]; !present[id] && (!shared || id.Port < other.Port) {
			leaving[a] = id
		}
	}
	if len(leaving) == 0 {
		return p
	}
	p = Previous{Published: maps.Clone(p.Published), PublishedByPolicy: maps.Clone(p.PublishedByPolicy), Outage: maps.Clone(p.Outage)}
	for _, e := range endpoints {
		old, renamed := leaving[hosts.TargetOf(e)]
		if _, known := m.Targets[e.ID]; known || !renamed || old.Address != e.ID.Address {
			continue
		}
		p.Published[e.ID], p.PublishedByPolicy[e.ID] = m.Published[old], m.PublishedByPolicy[old]
		if m.Outage[old.Port] {
			p.Outage[e.ID.Port] = true
		}
	}
	return p
}

// Remember keeps a decision for the next one.
func (m *Previous) Remember(d Decision) {
	m.Published, m.PublishedByPolicy, m.Outage, m.Targets = d.Published, d.PublishedByPolicy, d.Outage, d.Targets
}

// MarkUnconfirmed marks the endpoints that a decision adds or removes and that the API server
// has not acknowledged, before the decision is remembered.
func (m *Previous) MarkUnconfirmed(d Decision) {
	m.Unconfirmed = map[engine.MemberID]bool{}
	for id, published := range d.Published {
		if published && !m.Published[id] {
			m.Unconfirmed[id] = true
		}
	}
	for id, published := range m.Published {
		if published && !d.Published[id] { // what the user takes out, too: he may think again
			m.Unconfirmed[id] = true
		}
	}
}

// InUse are the endpoints whose host and port were both there in the decision before, or
// were left by a predecessor.
func (m *Previous) InUse(endpoints []hosts.Endpoint) []hosts.Endpoint {
	ports := map[string]bool{}
	for _, e := range endpoints {
		if m.Uses(e.ID) {
			ports[e.ID.Port] = true
		}
	}
	var kept []hosts.Endpoint
	for _, host := range hosts.ByHost(endpoints) {
		if !slices.ContainsFunc(host, func(e hosts.Endpoint) bool { return m.Uses(e.ID) }) {
			continue
		}
		for _, e := range host {
			if ports[e.ID.Port] {
				kept = append(kept, e)
			}
		}
	}
	return kept
}
