package endpointslice

import discoveryv1 "k8s.io/api/discovery/v1"

// same reports whether a slice says of an endpoint what is desired, and nothing
// else. Nil conditions are not the same as what they mean to kube-proxy.
func same(listed *discoveryv1.Endpoint, m *member) bool {
	return len(listed.Addresses) == 1 && isCanonical(listed.Addresses[0], m) &&
		complete(listed.Conditions) && stateOf(listed.Conditions) == m.desired.state() &&
		text(listed.Hostname) == m.desired.Hostname &&
		text(listed.Zone) == m.desired.Zone &&
		listed.NodeName == nil &&
		listed.TargetRef == nil &&
		sameHints(listed.Hints, m.forZones) &&
		len(listed.DeprecatedTopology) == 0
}

// isCanonical reports whether an address has the form in which it would be written. It compares
// without allocations, because it runs for every endpoint in every plan.
func isCanonical(address string, m *member) bool {
	var buffer [64]byte
	return string(m.address.AppendTo(buffer[:0])) == address
}

func complete(c discoveryv1.EndpointConditions) bool {
	return c.Ready != nil && c.Serving != nil && c.Terminating != nil
}
