package desired

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/endpointslice"
)

// HintsFor returns the hints that the Service wants. They rest on what the spec
// says of its hosts and not on their health, so that no failure rewrites them.
// Outside hosts are on no node: PreferSameNode gets hints for zones, which is what
// kube-proxy falls back to.
func HintsFor(spec v1alpha1.ExternalServiceSpec, service *corev1.Service) endpointslice.Hints {
	if !PrefersNear(service) {
		return endpointslice.Hints{}
	}
	zones := make([]string, len(spec.Hosts))
	for i, host := range spec.Hosts {
		zones[i] = host.Zone
	}
	return endpointslice.HintsFor(zones)
}

// PrefersNear reports whether the Service wants near endpoints, by its field or by one of the
// deprecated annotations. The oldest annotation goes first, as in Kubernetes itself.
func PrefersNear(service *corev1.Service) bool {
	if service == nil {
		return false
	}
	if d := service.Spec.TrafficDistribution; d != nil && *d != "" {
		return true
	}
	mode, set := service.Annotations[corev1.DeprecatedAnnotationTopologyAwareHints]
	if !set {
		mode = service.Annotations[corev1.AnnotationTopologyMode]
	}
	return mode == "Auto" || mode == "auto"
}
