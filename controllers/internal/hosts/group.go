package hosts

import (
	"github.com/external-endpoints/operator/probes/engine"
)

// ByHost splits the endpoints, which come host by host.
func ByHost(endpoints []Endpoint) [][]Endpoint {
	var hosts [][]Endpoint
	for start := 0; start < len(endpoints); {
		end := start + 1
		for end < len(endpoints) && sameHost(endpoints[end].ID, endpoints[start].ID) {
			end++
		}
		hosts = append(hosts, endpoints[start:end])
		start = end
	}
	return hosts
}

func sameHost(a, b engine.MemberID) bool { return a.Address == b.Address && a.Instance == b.Instance }

// ByHealth groups the ports of one host: ports whose health can differ go into
// slices of their own, because a slice says one thing for all its ports.
func ByHealth(host []Endpoint) [][]Endpoint {
	var groups [][]Endpoint
	for _, e := range host {
		placed := false
		for i := range groups {
			if SameHealth(groups[i][0], e) {
				groups[i] = append(groups[i], e)
				placed = true
				break
			}
		}
		if !placed {
			groups = append(groups, []Endpoint{e})
		}
	}
	return groups
}

// SameHealth reports whether two endpoints of one host cannot differ in health: they
// have the same check at the same place, judged by the same thresholds.
func SameHealth(a, b Endpoint) bool {
	return a.Target == b.Target && a.Check.Key == b.Check.Key &&
		a.Check.Spec.HealthyThreshold == b.Check.Spec.HealthyThreshold &&
		a.Check.Spec.UnhealthyThreshold == b.Check.Spec.UnhealthyThreshold &&
		a.Check.Spec.InitialState == b.Check.Spec.InitialState
}
