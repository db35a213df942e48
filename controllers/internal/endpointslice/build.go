package endpointslice

import (
	"slices"

	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// build returns the slice as it is to be written. What others added to its
// metadata stays.
func (d *slicePlan) build(owner Owner, metadata ownedMetadata) *discoveryv1.EndpointSlice {
	if d.operation() == Delete {
		return d.existing.DeepCopy()
	}
	slice := &discoveryv1.EndpointSlice{
		ObjectMeta:  metav1.ObjectMeta{Namespace: owner.Namespace, Name: d.name},
		AddressType: d.group.family,
		Ports:       d.group.ports.inSlice(),
		Endpoints:   endpointsOf(d.members),
	}
	if d.existing != nil {
		slice.TypeMeta = d.existing.TypeMeta
		slice.ObjectMeta = *d.existing.ObjectMeta.DeepCopy()
	}
	metadata.setOn(&slice.ObjectMeta)
	annotateTrigger(&slice.ObjectMeta, d.trigger)
	return slice
}

// endpointsOf returns the endpoints of a slice, sorted by address. All three
// conditions are always set: nil reads as ready to kube-proxy and as not ready to
// Traefik. There is neither a node nor a target.
func endpointsOf(members []*member) []discoveryv1.Endpoint {
	sorted := slices.Clone(members)
	slices.SortFunc(sorted, func(a, b *member) int { return compareMembers(*a, *b) })

	endpoints := make([]discoveryv1.Endpoint, len(sorted))
	texts := make([]string, len(sorted))
	states := make([]State, len(sorted))
	for i, m := range sorted {
		texts[i] = m.address.String()
		states[i] = m.desired.state()
		endpoints[i] = discoveryv1.Endpoint{
			Addresses: texts[i : i+1 : i+1],
			Conditions: discoveryv1.EndpointConditions{
				Ready:       &states[i].Ready,
				Serving:     &states[i].Serving,
				Terminating: &states[i].Terminating,
			},
			Hostname: pointer(m.desired.Hostname),
			Zone:     pointer(m.desired.Zone),
			Hints:    hintsInSlice(m.forZones),
		}
	}
	return endpoints
}
