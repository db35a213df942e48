package clusterranges

import (
	"cmp"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// holding is all that is kept of an object: which prefixes are the cluster's
// because of it, sorted.
type holding struct {
	metav1.ObjectMeta

	prefixes []netip.Prefix
}

// holdingOf turns an object from the API server into a holding. An object that is neither a Node
// nor a ServiceCIDR is a holding already, or a tombstone.
func holdingOf(object any) (any, error) {
	switch o := object.(type) {
	case *corev1.Node:
		return hold(&o.ObjectMeta, nodePrefixes(o)), nil
	case *networkingv1.ServiceCIDR:
		return hold(&o.ObjectMeta, parsePrefixes(o.Spec.CIDRs)), nil
	default:
		return object, nil
	}
}

// hold keeps of the metadata what an informer needs.
func hold(meta *metav1.ObjectMeta, prefixes []netip.Prefix) *holding {
	return &holding{
		ObjectMeta: metav1.ObjectMeta{Name: meta.Name, ResourceVersion: meta.ResourceVersion},
		prefixes:   sorted(prefixes),
	}
}

// nodePrefixes are the ranges of a node's Pods and the addresses of the node.
func nodePrefixes(node *corev1.Node) []netip.Prefix {
	prefixes := parsePrefixes(append(slices.Clone(node.Spec.PodCIDRs), node.Spec.PodCIDR))
	for _, a := range node.Status.Addresses {
		if a.Type != corev1.NodeInternalIP && a.Type != corev1.NodeExternalIP {
			continue
		}
		if addr, err := netip.ParseAddr(a.Address); err == nil {
			addr = addr.WithZone("").Unmap()
			prefixes = append(prefixes, netip.PrefixFrom(addr, addr.BitLen()))
		}
	}
	return prefixes
}

// parsePrefixes leaves out what cannot be read: one bad text must not hide the others.
func parsePrefixes(texts []string) []netip.Prefix {
	var prefixes []netip.Prefix
	for _, text := range texts {
		if prefix, err := netip.ParsePrefix(text); err == nil {
			prefixes = append(prefixes, prefix.Masked())
		}
	}
	return prefixes
}

// sorted sorts prefixes, and keeps one of each.
func sorted(prefixes []netip.Prefix) []netip.Prefix {
	slices.SortFunc(prefixes, func(a, b netip.Prefix) int {
		return cmp.Or(a.Addr().Compare(b.Addr()), cmp.Compare(a.Bits(), b.Bits()))
	})
	return slices.Clip(slices.Compact(prefixes))
}
