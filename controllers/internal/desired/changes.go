package desired

import (
	"errors"
	"slices"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/endpointslice"
	"github.com/external-endpoints/operator/controllers/internal/facts"
)

// Changes are the writes behind a Service that bring the API server from the
// facts to what is desired. Slices come before Endpoints, because marking those
// ends their mirrored slices, and the Service must not be empty in between.
type Changes struct {
	Slices          []endpointslice.Write
	Endpoints       *corev1.Endpoints
	CreateEndpoints bool
	DeleteEndpoints bool
}

// ChangesFor compares the facts with what is desired.
func ChangesFor(f facts.Facts, desired []endpointslice.Endpoint, pending bool) Changes {
	owner := OwnerOf(f)
	c := Changes{Slices: endpointslice.Plan(owner, f.Slices, desired)}
	switch {
	case !f.WriteEndpoints:
		c.releaseEndpoints(f)
	case foreignEndpoints(f) != nil, endpointsTooEarly(f, desired, pending):
	default:
		endpoints, changed := endpointslice.Endpoints(owner, f.Endpoints, desired, facts.PrimaryFamily(f))
		if changed {
			c.Endpoints, c.CreateEndpoints = endpoints, f.Endpoints == nil
		}
	}
	if f.CreatesNothing() {
		c.createNothing(f)
	}
	return c
}

// createNothing drops what would create an object for an ExternalService that is being
// deleted, or exceeds a limit. What takes an address away waits for the slice that would have replaced it:
// otherwise a host that works would lose its traffic.
func (c *Changes) createNothing(f facts.Facts) {
	current, missing := map[string]*discoveryv1.EndpointSlice{}, map[string]bool{}
	for _, slice := range f.Slices {
		current[slice.Name] = slice
	}
	for _, write := range c.Slices {
		if write.Operation == endpointslice.Create {
			for _, e := range write.Slice.Endpoints {
				missing[e.Addresses[0]] = true
			}
		}
	}
	c.Slices = slices.DeleteFunc(c.Slices, func(write endpointslice.Write) bool {
		return write.Operation == endpointslice.Create || write.TakesAway() && lists(current[write.Slice.Name], missing)
	})
	if c.CreateEndpoints {
		c.Endpoints, c.CreateEndpoints = nil, false
	}
}

// lists reports whether a slice lists one of the addresses.
func lists(slice *discoveryv1.EndpointSlice, addresses map[string]bool) bool {
	return slice != nil && slices.ContainsFunc(slice.Endpoints, func(e discoveryv1.Endpoint) bool {
		return len(e.Addresses) > 0 && addresses[e.Addresses[0]]
	})
}

// Withdrawal takes back everything of ours.
func Withdrawal(f facts.Facts) Changes {
	c := Changes{Slices: endpointslice.Plan(OwnerOf(f), f.Slices, nil)}
	c.releaseEndpoints(f)
	return c
}

// releaseEndpoints withdraws our Endpoints. When a Service gets a selector, Kubernetes writes the
// Pods' addresses into them and drops our labels, but not our owner reference. That reference is
// removed, because garbage collection would delete them with the ExternalService.
func (c *Changes) releaseEndpoints(f facts.Facts) {
	switch {
	case f.Endpoints == nil || !endpointslice.Owned(f.Endpoints, f.Object.UID):
	case endpointslice.IsOurs(f.Endpoints):
		c.DeleteEndpoints = true
	default:
		c.Endpoints = endpointslice.Release(f.Endpoints, f.Object.UID)
	}
}

// endpointsTooEarly: while verdicts are pending and no host is ready, Endpoints are not created,
// and those of another writer stay in use through their mirror.
func endpointsTooEarly(f facts.Facts, desired []endpointslice.Endpoint, pending bool) bool {
	if !pending || f.Endpoints != nil && endpointslice.IsOurs(f.Endpoints) {
		return false
	}
	for _, e := range desired {
		if e.Ready {
			return false
		}
	}
	return true
}

// OwnerOf is what the EndpointSlices and the Endpoints of the object have in common.
func OwnerOf(f facts.Facts) endpointslice.Owner {
	return endpointslice.Owner{
		Reference: OwnerReference(f.Object),
		Namespace: f.Object.Namespace,
		Service:   f.ServiceKey().Name,
		Headless:  f.Headless(),
		Hints:     HintsFor(f.Object.Spec, f.Service),
	}
}

// Empty reports whether there is nothing to write.
func (c Changes) Empty() bool {
	return len(c.Slices) == 0 && c.Endpoints == nil && !c.DeleteEndpoints
}

// Split are the changes that move traffic, and those that may follow later. Endpoints
// may, but for those that Kubernetes mirrors: kube-proxy sends traffic to the mirror.
func (c Changes) Split(f facts.Facts) (now, later Changes) {
	if f.Endpoints != nil && endpointslice.Mirrored(f.Endpoints) {
		return c, Changes{}
	}
	now, later = Changes{Slices: c.Slices}, c
	later.Slices = nil
	return now, later
}

// ErrSlicesLeft is returned when a batch was written and the next reconcile must write the rest.
var ErrSlicesLeft = errors.New("some EndpointSlices are still to be written")

// MaxSliceWrites is how many slices one reconcile writes, so that a big object does not
// hold a worker while others wait. The rest is planned again behind those.
const MaxSliceWrites = 16

// Batch returns the changes of this reconcile, and whether some are left for later ones.
// The first writes keep their order. What takes a host out in place is never left: it
// waits for no other slice. What takes an address away is, while additions are left.
func (c Changes) Batch() (now Changes, left bool) {
	if len(c.Slices) <= MaxSliceWrites {
		return c, false
	}
	writes := slices.Clone(c.Slices[:MaxSliceWrites])
	for _, write := range c.Slices[MaxSliceWrites:] {
		if write.Loses && !write.TakesAway() {
			writes = append(writes, write)
		}
	}
	if len(writes) == len(c.Slices) {
		return c, false
	}
	return Changes{Slices: writes}, true // Endpoints come when all slices are written
}

// NamesPorts reports whether the spec still has all ports of the Service by their
// names: by these kube-proxy finds them in the slices.
func NamesPorts(spec v1alpha1.ExternalServiceSpec, service *corev1.Service) bool {
	return !slices.ContainsFunc(service.Spec.Ports, func(old corev1.ServicePort) bool {
		return !slices.ContainsFunc(spec.Ports, func(port v1alpha1.Port) bool {
			return port.Name == old.Name && port.EffectiveProtocol() == old.Protocol
		})
	})
}
