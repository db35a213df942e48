package externalservice

import "github.com/external-endpoints/operator/probes/engine"

// byHost splits the endpoints, which come host by host.
func byHost(endpoints []endpoint) [][]endpoint {
	var hosts [][]endpoint
	for start := 0; start < len(endpoints); {
		end := start + 1
		for end < len(endpoints) && sameHost(endpoints[end].id, endpoints[start].id) {
			end++
		}
		hosts = append(hosts, endpoints[start:end])
		start = end
	}
	return hosts
}

func sameHost(a, b engine.MemberID) bool { return a.Address == b.Address && a.Instance == b.Instance }

// byHealth groups the ports of one host: ports whose health can differ go into
// slices of their own, because a slice says one thing for all its ports.
func byHealth(host []endpoint) [][]endpoint {
	var groups [][]endpoint
	for _, e := range host {
		placed := false
		for i := range groups {
			if alike(groups[i][0], e) {
				groups[i] = append(groups[i], e)
				placed = true
				break
			}
		}
		if !placed {
			groups = append(groups, []endpoint{e})
		}
	}
	return groups
}

// alike reports whether two endpoints of one host cannot differ in health: they
// have the same check at the same place, judged by the same thresholds.
func alike(a, b endpoint) bool {
	return a.aim == b.aim && a.watch.key == b.watch.key &&
		a.watch.spec.HealthyThreshold == b.watch.spec.HealthyThreshold &&
		a.watch.spec.UnhealthyThreshold == b.watch.spec.UnhealthyThreshold &&
		a.watch.spec.InitialState == b.watch.spec.InitialState
}
