package externalservice

import (
	"errors"
	"slices"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/endpointslice"
)

// changes are the writes behind a Service that bring the API server from the
// facts to what is desired. Slices come before Endpoints, because marking those
// ends their mirrored slices, and the Service must not be empty in between.
type changes struct {
	slices          []endpointslice.Write
	endpoints       *corev1.Endpoints
	createEndpoints bool
	deleteEndpoints bool
}

// changesFor compares the facts with what is desired.
func changesFor(f facts, desired []endpointslice.Endpoint, pending bool) changes {
	owner := ownerOf(f)
	c := changes{slices: endpointslice.Plan(owner, f.slices, desired)}
	switch {
	case !f.writeEndpoints:
		c.letEndpointsGo(f)
	case foreignEndpoints(f) != nil, tooEarly(f, desired, pending):
	default:
		endpoints, changed := endpointslice.Endpoints(owner, f.endpoints, desired, primaryFamily(f))
		if changed {
			c.endpoints, c.createEndpoints = endpoints, f.endpoints == nil
		}
	}
	if f.createsNothing() {
		c.createNothing(f)
	}
	return c
}

// createNothing drops what would create an object for an ExternalService that is being
// deleted, or exceeds a limit. What takes an address away waits for the slice that would have replaced it:
// otherwise a host that works would lose its traffic.
func (c *changes) createNothing(f facts) {
	current, missing := map[string]*discoveryv1.EndpointSlice{}, map[string]bool{}
	for _, slice := range f.slices {
		current[slice.Name] = slice
	}
	for _, write := range c.slices {
		if write.Operation == endpointslice.Create {
			for _, e := range write.Slice.Endpoints {
				missing[e.Addresses[0]] = true
			}
		}
	}
	c.slices = slices.DeleteFunc(c.slices, func(write endpointslice.Write) bool {
		return write.Operation == endpointslice.Create || write.TakesAway() && lists(current[write.Slice.Name], missing)
	})
	if c.createEndpoints {
		c.endpoints, c.createEndpoints = nil, false
	}
}

// lists reports whether a slice lists one of the addresses.
func lists(slice *discoveryv1.EndpointSlice, addresses map[string]bool) bool {
	return slice != nil && slices.ContainsFunc(slice.Endpoints, func(e discoveryv1.Endpoint) bool {
		return len(e.Addresses) > 0 && addresses[e.Addresses[0]]
	})
}

// withdrawal takes back everything of ours.
func withdrawal(f facts) changes {
	c := changes{slices: endpointslice.Plan(ownerOf(f), f.slices, nil)}
	c.letEndpointsGo(f)
	return c
}

// letEndpointsGo takes our Endpoints back. When a Service gets a selector,
// Kubernetes writes the Pods' addresses into them and drops our labels, but not
// our owner reference: those are let go, for otherwise they would go with the
// ExternalService.
func (c *changes) letEndpointsGo(f facts) {
	switch {
	case f.endpoints == nil || !endpointslice.Owned(f.endpoints, f.object.UID):
	case endpointslice.IsOurs(f.endpoints):
		c.deleteEndpoints = true
	default:
		c.endpoints = endpointslice.Release(f.endpoints, f.object.UID)
	}
}

// tooEarly: while verdicts are pending and there is no host to offer, Endpoints
// are not begun, and those that somebody else wrote go on serving through their
// mirror.
func tooEarly(f facts, desired []endpointslice.Endpoint, pending bool) bool {
	if !pending || f.endpoints != nil && endpointslice.IsOurs(f.endpoints) {
		return false
	}
	for _, e := range desired {
		if e.Ready {
			return false
		}
	}
	return true
}

func ownerOf(f facts) endpointslice.Owner {
	return endpointslice.Owner{
		Reference: ownerReference(f.object),
		Namespace: f.object.Namespace,
		Service:   f.serviceKey().Name,
		Headless:  f.headless(),
		Hints:     hintsFor(f.object.Spec, f.service),
	}
}

// primaryFamily is the family that the v1 Endpoints object lists.
func primaryFamily(f facts) corev1.IPFamily {
	if f.service != nil && len(f.service.Spec.IPFamilies) > 0 {
		return f.service.Spec.IPFamilies[0]
	}
	if families := f.object.Spec.Service.IPFamilies; len(families) > 0 {
		return families[0]
	}
	return corev1.IPv4Protocol
}

func (c changes) empty() bool {
	return len(c.slices) == 0 && c.endpoints == nil && !c.deleteEndpoints
}

// parted are the changes that move traffic, and those that may follow later. Endpoints
// may, but for those that Kubernetes mirrors: kube-proxy sends traffic to the mirror.
func (c changes) parted(f facts) (now, later changes) {
	if f.endpoints != nil && endpointslice.Mirrored(f.endpoints) {
		return c, changes{}
	}
	now, later = changes{slices: c.slices}, c
	later.slices = nil
	return now, later
}

// errSlicesLeft: some slices are left for the next reconcile.
var errSlicesLeft = errors.New("some EndpointSlices are still to be written")

// maxSliceWrites is how many slices one reconcile writes, so that a big object does not
// hold a worker while others wait. The rest is planned again behind those.
const maxSliceWrites = 16

// batch returns the changes of this reconcile, and whether some are left for later ones.
// The first writes keep their order. What takes a host out in place is never left: it
// waits for no other slice. What takes an address away is, while additions are left.
func (c changes) batch() (now changes, left bool) {
	if len(c.slices) <= maxSliceWrites {
		return c, false
	}
	writes := slices.Clone(c.slices[:maxSliceWrites])
	for _, write := range c.slices[maxSliceWrites:] {
		if write.Loses && !write.TakesAway() {
			writes = append(writes, write)
		}
	}
	if len(writes) == len(c.slices) {
		return c, false
	}
	return changes{slices: writes}, true // Endpoints come when all slices are written
}

// namesPorts reports whether the spec still has all ports of the Service by their
// names: by these kube-proxy finds them in the slices.
func namesPorts(spec v1alpha1.ExternalServiceSpec, service *corev1.Service) bool {
	return !slices.ContainsFunc(service.Spec.Ports, func(old corev1.ServicePort) bool {
		return !slices.ContainsFunc(spec.Ports, func(port v1alpha1.Port) bool {
			return port.Name == old.Name && port.EffectiveProtocol() == old.Protocol
		})
	})
}
