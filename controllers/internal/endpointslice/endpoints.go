package endpointslice

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// All that knows the deprecated v1 Endpoints is in this file, so that it can go
// one day.

// maxAddresses is the most addresses that an Endpoints object gets, as Kubernetes
// itself has it. The API server would take 60,000 in one object.
const maxAddresses = 1000

// overCapacity is the value of the annotation that says that addresses were left out.
const overCapacity = "truncated"

// Endpoints returns the desired v1 Endpoints object, and whether it must be written. Only
// addresses of the Service's primary family are listed, and terminating ones are left out, as in
// Kubernetes. existing may be nil; it is not changed. Endpoints of another writer are taken over:
// their addresses are replaced, their other labels and annotations stay.
//
// An address is listed once with its ready ports and once with the others. So a host that is
// healthy on all ports takes one of the maxAddresses places, however its ports are spread over
// slices.
func Endpoints(owner Owner, existing *corev1.Endpoints, desired []Endpoint, primary corev1.IPFamily) (*corev1.Endpoints, bool) {
	offers := offersOf(desired, primary)
	listings := listingsOf(offers)
	truncated := len(listings) > maxAddresses
	subsets := subsetsOf(truncate(listings))
	metadata := endpointsMetadata(owner)

	if existing != nil && metadata.isSetOn(&existing.ObjectMeta) && isTruncated(existing) == truncated &&
		slices.EqualFunc(existing.Subsets, subsets, equalSubsets) {
		return existing, false
	}
	endpoints := &corev1.Endpoints{
		ObjectMeta: metav1.ObjectMeta{Namespace: owner.Namespace, Name: owner.Service},
		Subsets:    subsets,
	}
	if existing != nil {
		endpoints.TypeMeta = existing.TypeMeta
		endpoints.ObjectMeta = *existing.ObjectMeta.DeepCopy()
	}
	metadata.setOn(&endpoints.ObjectMeta)
	annotateTrigger(&endpoints.ObjectMeta, endpointsTrigger(existing, offers))
	if truncated {
		annotate(&endpoints.ObjectMeta, corev1.EndpointsOverCapacity, overCapacity)
	} else {
		delete(endpoints.Annotations, corev1.EndpointsOverCapacity)
	}
	return endpoints, true
}

// Mirrored reports whether Kubernetes copies an Endpoints object into slices.
func Mirrored(endpoints *corev1.Endpoints) bool {
	return endpoints.Labels[discoveryv1.LabelSkipMirror] != "true"
}

// Release returns the Endpoints object without its reference to the owner, for the writer that
// owns it now. endpoints is not changed.
func Release(endpoints *corev1.Endpoints, owner types.UID) *corev1.Endpoints {
	released := endpoints.DeepCopy()
	released.OwnerReferences = slices.DeleteFunc(released.OwnerReferences,
		func(r metav1.OwnerReference) bool { return r.UID == owner })
	return released
}

// endpointsMetadata is the owned metadata of an Endpoints object. Without skip-mirror Kubernetes
// copies the object into slices of its own, and a host that is out of our slices
// stays in rotation through the copy.
func endpointsMetadata(owner Owner) ownedMetadata {
	return ownedMetadata{
		labels: map[string]string{
			discoveryv1.LabelSkipMirror: "true",
			LabelEndpointsManagedBy:     ManagedBy,
		},
		headless: owner.Headless,
		owner:    owner.Reference,
	}
}

// isTruncated reports whether an object says that addresses were left out.
func isTruncated(endpoints *corev1.Endpoints) bool {
	return endpoints.Annotations[corev1.EndpointsOverCapacity] != ""
}

// offer is one desired endpoint with its ports sorted.
type offer struct {
	*member
	ports portList
}

// isListed reports whether the endpoint appears in an Endpoints object at all. One
// that is terminating and still ready is on a Service that publishes whatever it has.
func (o offer) isListed() bool {
	return !o.desired.Omit && (o.desired.Ready || !o.desired.Terminating)
}

// offersOf returns the desired endpoints of one family, sorted by address.
func offersOf(desired []Endpoint, family corev1.IPFamily) []offer {
	var offers []offer
	for _, g := range groupsOf(desired) {
		if g.family != discoveryv1.AddressType(family) {
			continue
		}
		for i := range g.members {
			offers = append(offers, offer{member: &g.members[i], ports: g.ports})
		}
	}
	slices.SortStableFunc(offers, func(a, b offer) int { return compareMembers(*a.member, *b.member) })
	return offers
}

// listing is one address in one subset.
type listing struct {
	address  netip.Addr
	hostname string
	ready    bool
	ports    portList
}

// listingsOf merges the offers of each address into two listings at most, and more
// where one port of the Service is served on several ports of the address, as SRV
// records may have it: a subset names a port once.
func listingsOf(offers []offer) []listing {
	listings := make([]listing, 0, len(offers))
	for start := 0; start < len(offers); {
		end := start + 1
		for end < len(offers) && offers[end].address == offers[start].address {
			end++
		}
		for _, ready := range []bool{true, false} {
			listings = append(listings, merge(offers[start:end], ready)...)
		}
		start = end
	}
	return listings
}

// merge makes listings of those offers of one address that are ready, or of those
// that are not.
func merge(offers []offer, ready bool) (merged []listing) {
	for _, o := range offers {
		if !o.isListed() || o.desired.Ready != ready {
			continue
		}
		i := slices.IndexFunc(merged, func(l listing) bool { return !l.ports.names(o.ports) })
		if i < 0 {
			merged = append(merged, listing{address: o.address, hostname: o.desired.Hostname, ready: ready, ports: o.ports})
			continue
		}
		merged[i].hostname = cmp.Or(merged[i].hostname, o.desired.Hostname)
		merged[i].ports = sortedPorts(slices.Concat(merged[i].ports, o.ports))
	}
	return merged
}

// truncate leaves out what exceeds maxAddresses: first those that are not ready,
// then the highest addresses.
func truncate(listings []listing) []listing {
	if len(listings) <= maxAddresses {
		return listings
	}
	isReady := func(l listing) bool { return l.ready }
	isNotReady := func(l listing) bool { return !l.ready }
	ready := slices.DeleteFunc(slices.Clone(listings), isNotReady)
	notReady := slices.DeleteFunc(slices.Clone(listings), isReady)
	return append(ready, notReady...)[:maxAddresses]
}

// subsetsOf sorts the listings into subsets with the same ports, sorted by them.
// The same listings make the same subsets, to the byte.
func subsetsOf(listings []listing) []corev1.EndpointSubset {
	type keyed struct {
		key    string
		subset corev1.EndpointSubset
	}
	known := map[string]*keyed{}
	var all []*keyed
	var key []byte
	for _, l := range listings {
		key = l.ports.appendKey(key[:0])
		k := known[string(key)]
		if k == nil {
			k = &keyed{key: string(key), subset: corev1.EndpointSubset{Ports: l.ports.inEndpoints()}}
			known[k.key] = k
			all = append(all, k)
		}
		address := corev1.EndpointAddress{IP: l.address.String(), Hostname: l.hostname}
		if l.ready {
			k.subset.Addresses = append(k.subset.Addresses, address)
		} else {
			k.subset.NotReadyAddresses = append(k.subset.NotReadyAddresses, address)
		}
	}
	slices.SortFunc(all, func(a, b *keyed) int { return cmp.Compare(a.key, b.key) })
	subsets := make([]corev1.EndpointSubset, len(all))
	for i, k := range all {
		subsets[i] = k.subset
	}
	return subsets
}

func equalSubsets(a, b corev1.EndpointSubset) bool {
	return slices.EqualFunc(a.Ports, b.Ports, equalPorts) &&
		slices.EqualFunc(a.Addresses, b.Addresses, equalAddresses) &&
		slices.EqualFunc(a.NotReadyAddresses, b.NotReadyAddresses, equalAddresses)
}

func equalPorts(a, b corev1.EndpointPort) bool {
	return a.Name == b.Name && a.Port == b.Port && a.Protocol == b.Protocol && text(a.AppProtocol) == text(b.AppProtocol)
}

// equalAddresses compares what is written: neither a node nor a target is.
func equalAddresses(a, b corev1.EndpointAddress) bool {
	return a.IP == b.IP && a.Hostname == b.Hostname &&
		a.NodeName == nil && b.NodeName == nil && a.TargetRef == nil && b.TargetRef == nil
}

// endpointsTrigger returns the earliest trigger of the offers of which the existing
// object says something else.
func endpointsTrigger(existing *corev1.Endpoints, offers []offer) time.Time {
	told := publishedBy(existing)
	var trigger time.Time
	for _, o := range offers {
		if o.desired.Trigger.IsZero() {
			continue
		}
		address := o.address.String()
		if slices.ContainsFunc(o.ports, func(p Port) bool {
			ready, listed := told[publishedKey{address, p.Name, p.Number}]
			return listed != o.isListed() || listed && ready != o.desired.Ready
		}) {
			trigger = earliest(trigger, o.desired.Trigger)
		}
	}
	return trigger
}

// publishedKey identifies an address and port of which an Endpoints object says
// whether it is ready.
type publishedKey struct {
	ip, port string
	number   int32
}

func publishedBy(endpoints *corev1.Endpoints) map[publishedKey]bool {
	told := map[publishedKey]bool{}
	if endpoints == nil {
		return told
	}
	for _, subset := range endpoints.Subsets {
		for _, port := range subset.Ports {
			for _, address := range subset.NotReadyAddresses {
				told[publishedKey{address.IP, port.Name, port.Port}] = false
			}
			for _, address := range subset.Addresses {
				told[publishedKey{address.IP, port.Name, port.Port}] = true
			}
		}
	}
	return told
}
