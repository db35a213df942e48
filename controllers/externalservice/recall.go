package externalservice

import (
	"maps"
	"net/netip"
	"slices"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/engine"
)

// aim is what is asked of an endpoint, and where.
type aim struct {
	address netip.AddrPort
	check   probes.CheckKey
}

func aimOf(e endpoint) aim { return aim{address: e.aim, check: e.watch.key} }

// previous is the decision before.
type previous struct {
	// published, drafted, outage and aims are those of the last decision.
	published map[engine.MemberID]bool
	drafted   map[engine.MemberID]bool
	outage    map[string]bool
	aims      map[engine.MemberID]aim
	// doubted are those that the last decision has put in or taken out, though the API
	// server has not taken it, or not answered.
	doubted map[engine.MemberID]bool
}

// uses reports whether the endpoint was there in the decision before, or left by a
// predecessor.
func (m *previous) uses(id engine.MemberID) bool {
	_, decided := m.published[id]
	_, aimed := m.aims[id]
	return decided || aimed
}

// recall returns the decision before, under the names that the endpoints have now. A port that got another name is still the
// same hosts asked the same question: those that an outage keeps published must
// go on being kept, as the engine goes on with their verdicts.
func (m *previous) recall(endpoints []endpoint) previous {
	p := previous{published: m.published, drafted: m.drafted, outage: m.outage}
	present := make(map[engine.MemberID]bool, len(endpoints))
	for _, e := range endpoints {
		present[e.id] = true
	}
	leaving := map[aim]engine.MemberID{}
	for id, a := range m.aims {
		if other, shared := leaving[a]; !present[id] && (!shared || id.Port < other.Port) {
			leaving[a] = id
		}
	}
	if len(leaving) == 0 {
		return p
	}
	p = previous{published: maps.Clone(p.published), drafted: maps.Clone(p.drafted), outage: maps.Clone(p.outage)}
	for _, e := range endpoints {
		old, renamed := leaving[aimOf(e)]
		if _, known := m.aims[e.id]; known || !renamed || old.Address != e.id.Address {
			continue
		}
		p.published[e.id], p.drafted[e.id] = m.published[old], m.drafted[old]
		if m.outage[old.Port] {
			p.outage[e.id.Port] = true
		}
	}
	return p
}

// remember keeps a decision for the next one.
func (m *previous) remember(d decision) {
	m.published, m.drafted, m.outage, m.aims = d.published, d.drafted, d.outage, d.aims
}

// doubt notes whom a decision puts in or takes out that the API server has not taken,
// before it is remembered.
func (m *previous) doubt(d decision) {
	m.doubted = map[engine.MemberID]bool{}
	for id, published := range d.published {
		if published && !m.published[id] {
			m.doubted[id] = true
		}
	}
	for id, published := range m.published {
		if published && !d.published[id] { // what the user takes out, too: he may think again
			m.doubted[id] = true
		}
	}
}

// inUse are the endpoints whose host and port were both there in the decision before, or
// were left by a predecessor.
func (m *previous) inUse(endpoints []endpoint) []endpoint {
	ports := map[string]bool{}
	for _, e := range endpoints {
		if m.uses(e.id) {
			ports[e.id.Port] = true
		}
	}
	var kept []endpoint
	for _, host := range byHost(endpoints) {
		if !slices.ContainsFunc(host, func(e endpoint) bool { return m.uses(e.id) }) {
			continue
		}
		for _, e := range host {
			if ports[e.id.Port] {
				kept = append(kept, e)
			}
		}
	}
	return kept
}
