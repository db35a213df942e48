package hosts

import (
	"strconv"
)

// MaxSliceGroups is how many groups of EndpointSlices one object may have. Each group has
// a slice of its own, so that an object with a port list for each host would make
// thousands of slices, which the API server and every node must keep.
const MaxSliceGroups = 64

// SliceGroups counts the groups of slices that the endpoints need: a slice has one address
// family and one list of ports, and ports whose health can differ are in different slices.
func SliceGroups(endpoints []Endpoint) int {
	groups := map[string]struct{}{}
	var key []byte
	for _, host := range ByHost(endpoints) {
		if !host[0].Probed() {
			continue
		}
		for _, ports := range ByHealth(host) {
			// Every host has its ports in the order of the spec.
			key = append(key[:0], FamilyOf(host[0].ID.Address)...)
			for _, e := range ports {
				key = append(append(append(key, ' '), e.SlicePort.Name...), e.SlicePort.Protocol...)
				key = strconv.AppendInt(key, int64(e.SlicePort.Number), 10)
			}
			if _, known := groups[string(key)]; !known {
				groups[string(key)] = struct{}{}
			}
		}
	}
	return len(groups)
}

// Targets counts what is probed for the endpoints: several ports of the Service may share
// one target.
func Targets(endpoints []Endpoint) int {
	targets := map[Target]struct{}{}
	for _, e := range endpoints {
		if e.Probed() {
			targets[TargetOf(e)] = struct{}{}
		}
	}
	return len(targets)
}
