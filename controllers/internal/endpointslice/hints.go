package endpointslice

import (
	"maps"
	"slices"
	"strings"

	discoveryv1 "k8s.io/api/discovery/v1"
)

// maxHintZones is the most zones that the API takes in the hints of one endpoint.
const maxHintZones = 8

// Hints are the zones that each endpoint is for. The zero value gives no hints.
//
// kube-proxy uses hints only if every ready endpoint has one, so all get one or none does,
// whatever their health: a host that fails or recovers changes no hints. A host is for its own
// zone. A host without a zone is for every zone that some host is in, so that it gets its part of
// the traffic everywhere. In a zone without a ready host, clients use all hosts: kube-proxy does
// that, whether the zone has no hosts or all of them have failed.
type Hints struct {
	// zones are those that hosts are in, sorted, none twice.
	zones []string
}

// HintsFor returns the hints for hosts in these zones, in any order; empty: a host
// in no zone.
func HintsFor(zones []string) Hints {
	named := map[string]struct{}{}
	for _, zone := range zones {
		if zone != "" {
			named[zone] = struct{}{}
		}
	}
	return Hints{zones: slices.Sorted(maps.Keys(named))}
}

// String returns the zones that the hints are made for, in a line.
func (h Hints) String() string { return strings.Join(h.zones, " ") }

// of returns the zones that an endpoint in that zone is for, sorted; nil: no
// hints. The result is shared and must not be changed.
func (h Hints) of(zone string) []string {
	switch {
	case len(h.zones) == 0:
		return nil
	case zone == "":
		return h.zones[:min(len(h.zones), maxHintZones)]
	}
	if i, found := slices.BinarySearch(h.zones, zone); found {
		return h.zones[i : i+1 : i+1]
	}
	// A zone that the hints were not made for: a hint too many is better than
	// one endpoint without, which would end the hints of all.
	return []string{zone}
}

// hint gives the members of a group their hints.
func (g *group) hint(hints Hints) {
	for i := range g.members {
		g.members[i].forZones = hints.of(g.members[i].desired.Zone)
	}
}

// hintsInSlice returns the hints as a slice holds them.
func hintsInSlice(zones []string) *discoveryv1.EndpointHints {
	if len(zones) == 0 {
		return nil
	}
	hints := &discoveryv1.EndpointHints{ForZones: make([]discoveryv1.ForZone, len(zones))}
	for i, zone := range zones {
		hints.ForZones[i].Name = zone
	}
	return hints
}

// sameHints reports whether a slice's hints name these zones and nothing else.
func sameHints(listed *discoveryv1.EndpointHints, zones []string) bool {
	if listed == nil || len(zones) == 0 {
		return listed == nil && len(zones) == 0
	}
	return len(listed.ForNodes) == 0 &&
		slices.EqualFunc(listed.ForZones, zones, func(f discoveryv1.ForZone, zone string) bool { return f.Name == zone })
}
