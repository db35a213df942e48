package externalservice

import (
	"maps"
	"net/netip"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/engine"
)

// aim is what is asked of an endpoint, and where.
type aim struct {
	address netip.AddrPort
	check   probes.CheckKey
}

func aimOf(e endpoint) aim { return aim{address: e.aim, check: e.watch.key} }

// past is the decision before, under the names that the endpoints have now.
type past struct {
	published, drafted map[engine.MemberID]bool
	outage             map[string]bool
}

// recall returns the decision before. A port that got another name is still the
// same hosts asked the same question: those that an outage keeps published must
// go on being kept, as the engine goes on with their verdicts.
func (m *memory) recall(endpoints []endpoint) past {
	p := past{published: m.published, drafted: m.drafted, outage: m.outage}
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
	p = past{published: maps.Clone(p.published), drafted: maps.Clone(p.drafted), outage: maps.Clone(p.outage)}
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
func (m *memory) remember(d decision) {
	m.published, m.drafted, m.outage, m.aims = d.published, d.drafted, d.outage, d.aims
}

// doubt notes whom a decision puts in or takes out that the API server has not taken,
// before it is remembered.
func (m *memory) doubt(d decision) {
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

// clearUp has the slices say who of the doubted is published. A host that never was,
// and fails meanwhile, would otherwise be kept for what it never had: an outage would
// put a dead host in. And one that is published still has to pass the gate again: who
// spoke against it then, and was to stand in for it, may be gone.
func (m *memory) clearUp(f facts) {
	if len(m.doubted) == 0 {
		return
	}
	records := map[netip.AddrPort]bool{}
	for id := range m.doubted {
		records[netip.AddrPortFrom(id.Address, id.Instance)] = true
	}
	states := f.publishedStates(func(address netip.Addr, number int32) uint16 {
		if records[netip.AddrPortFrom(address, uint16(number))] {
			return uint16(number)
		}
		return 0
	})
	for id := range m.doubted {
		m.published[id] = states[id].Ready
	}
	m.doubted = nil
}
