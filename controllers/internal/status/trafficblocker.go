package status

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/facts"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
)

// TrafficBlocker is something about the Service that keeps traffic from hosts which are
// published. They go on being published: the Service may be changed at any time,
// and not every consumer looks at it. Zero: there is none.
type TrafficBlocker struct {
	// Reason is a reason of Degraded.
	Reason, Message string
}

// TrafficBlockerOf returns the gravest obstacle. A headless Service has none: its hosts
// are found by name, and no proxy is between them and their clients.
func TrafficBlockerOf(f facts.Facts, l hosts.Layout) TrafficBlocker {
	if f.Service == nil || f.Headless() {
		return TrafficBlocker{}
	}
	if o := localPolicy(f.Service.Spec, f.Service.Name); o.Reason != "" {
		return o
	}
	return missingFamily(f, l)
}

// localPolicy: Local means endpoints on the client's own node or on the node that
// the traffic enters by, and outside hosts are on none. So it is not some of them
// that get nothing, but all.
func localPolicy(service corev1.ServiceSpec, name string) TrafficBlocker {
	var fields, paths []string
	if p := service.InternalTrafficPolicy; p != nil && *p == corev1.ServiceInternalTrafficPolicyLocal {
		fields, paths = append(fields, "internalTrafficPolicy"), append(paths, "to its cluster IP")
	}
	if service.ExternalTrafficPolicy == corev1.ServiceExternalTrafficPolicyLocal {
		fields, paths = append(fields, "externalTrafficPolicy"), append(paths, "from outside the cluster")
	}
	if len(fields) == 0 {
		return TrafficBlocker{}
	}
	return TrafficBlocker{v1alpha1.ReasonLocalTrafficPolicy, fmt.Sprintf(
		"no host gets the traffic %s: Service %s has %s Local, and outside hosts are on no node; %s must be Cluster",
		strings.Join(paths, " or "), name, strings.Join(fields, " and "), strings.Join(fields, " and "))}
}

// missingFamily: kube-proxy drops the slices of a family that the Service lacks.
func missingFamily(f facts.Facts, l hosts.Layout) TrafficBlocker {
	families := f.Service.Spec.IPFamilies
	if len(families) == 0 {
		return TrafficBlocker{}
	}
	var unreached []netip.Addr
	for _, e := range l.Endpoints {
		if e.Probed() && e.ID.Address.IsValid() && !slices.Contains(families, hosts.FamilyOf(e.ID.Address)) {
			unreached = append(unreached, e.ID.Address)
		}
	}
	slices.SortFunc(unreached, netip.Addr.Compare)
	unreached = slices.Compact(unreached)
	if len(unreached) == 0 {
		return TrafficBlocker{}
	}
	field := "ipFamilies"
	if f.Managed() {
		field = "spec.service.ipFamilies"
	}
	lacking := hosts.FamilyOf(unreached[0])
	return TrafficBlocker{v1alpha1.ReasonFamilyMismatch, fmt.Sprintf(
		"%s %s: the ipFamilies of Service %s are %s; %s must include %s",
		countOf(len(unreached)), unreached[0], f.Service.Name, joined(families), field, lacking)}
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
