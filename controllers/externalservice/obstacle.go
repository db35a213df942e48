package externalservice

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
)

// obstacle is something about the Service that keeps traffic from hosts which are
// published. They go on being published: the Service may be changed at any time,
// and not every consumer looks at it. Zero: there is none.
type obstacle struct {
	// reason is a reason of Degraded.
	reason, message string
}

// obstacleOf returns the gravest obstacle. A headless Service has none: its hosts
// are found by name, and no proxy is between them and their clients.
func obstacleOf(f facts, l layout) obstacle {
	if f.service == nil || f.headless() {
		return obstacle{}
	}
	if o := localPolicy(f.service.Spec, f.service.Name); o.reason != "" {
		return o
	}
	return missingFamily(f, l)
}

// localPolicy: Local means endpoints on the client's own node or on the node that
// the traffic enters by, and outside hosts are on none. So it is not some of them
// that get nothing, but all.
func localPolicy(service corev1.ServiceSpec, name string) obstacle {
	var fields, paths []string
	if p := service.InternalTrafficPolicy; p != nil && *p == corev1.ServiceInternalTrafficPolicyLocal {
		fields, paths = append(fields, "internalTrafficPolicy"), append(paths, "to its cluster IP")
	}
	if service.ExternalTrafficPolicy == corev1.ServiceExternalTrafficPolicyLocal {
		fields, paths = append(fields, "externalTrafficPolicy"), append(paths, "from outside the cluster")
	}
	if len(fields) == 0 {
		return obstacle{}
	}
	return obstacle{v1alpha1.ReasonLocalTrafficPolicy, fmt.Sprintf(
		"no host gets the traffic %s: Service %s has %s Local, and outside hosts are on no node; %s must be Cluster",
		strings.Join(paths, " or "), name, strings.Join(fields, " and "), strings.Join(fields, " and "))}
}

// missingFamily: kube-proxy drops the slices of a family that the Service lacks.
func missingFamily(f facts, l layout) obstacle {
	families := f.service.Spec.IPFamilies
	if len(families) == 0 {
		return obstacle{}
	}
	var unreached []netip.Addr
	for _, e := range l.endpoints {
		if e.watched() && e.id.Address.IsValid() && !slices.Contains(families, familyOf(e.id.Address)) {
			unreached = append(unreached, e.id.Address)
		}
	}
	slices.SortFunc(unreached, netip.Addr.Compare)
	unreached = slices.Compact(unreached)
	if len(unreached) == 0 {
		return obstacle{}
	}
	field := "ipFamilies"
	if f.managed() {
		field = "spec.service.ipFamilies"
	}
	lacking := familyOf(unreached[0])
	return obstacle{v1alpha1.ReasonFamilyMismatch, fmt.Sprintf(
		"%s %s: the ipFamilies of Service %s are %s; %s must include %s",
		countOf(len(unreached)), unreached[0], f.service.Name, joined(families), field, lacking)}
}

// countOf begins a sentence about hosts, of which the first follows.
func countOf(hosts int) string {
	if hosts == 1 {
		return "1 host gets no traffic,"
	}
	return fmt.Sprintf("%d hosts get no traffic, the first is", hosts)
}

func joined(families []corev1.IPFamily) string {
	texts := make([]string, len(families))
	for i, family := range families {
		texts[i] = string(family)
	}
	return strings.Join(texts, ", ")
}

func familyOf(address netip.Addr) corev1.IPFamily {
	if address.Unmap().Is4() {
		return corev1.IPv4Protocol
	}
	return corev1.IPv6Protocol
}
