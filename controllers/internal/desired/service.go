package desired

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apiequality "k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/facts"
)

// servicePort finds the Service's port for a port of the spec. A Service with a
// single port may leave it unnamed; then its number says which it is.
func servicePort(service *corev1.Service, port v1alpha1.Port) (corev1.ServicePort, bool) {
	for _, candidate := range service.Spec.Ports {
		protocol := candidate.Protocol
		if protocol == "" {
			protocol = corev1.ProtocolTCP
		}
		named := candidate.Name == port.Name || candidate.Name == ""
		if named && candidate.Port == port.Port && protocol == port.EffectiveProtocol() {
			return candidate, true
		}
	}
	return corev1.ServicePort{}, false
}

// PortNamesOf returns the Service's names for the spec's ports, where they differ.
func PortNamesOf(object *v1alpha1.ExternalService, service *corev1.Service) map[string]string {
	names := map[string]string{}
	if service == nil || object.Spec.Service.Management != v1alpha1.ServiceExisting {
		return names
	}
	if len(object.Spec.Ports) == 1 && len(service.Spec.Ports) == 1 && service.Spec.Ports[0].Name == "" {
		// Whatever its number: a changed number is a mismatch to report, and no reason to remove the
		// hosts from the port.
		names[object.Spec.Ports[0].Name] = ""
		return names
	}
	for _, port := range object.Spec.Ports {
		if found, ok := servicePort(service, port); ok && found.Name != port.Name {
			names[port.Name] = found.Name
		}
	}
	return names
}

// ownsService reports whether the Service was created for the object, by this
// operator or by one before it that orphaned the Service.
func ownsService(object *v1alpha1.ExternalService, service *corev1.Service) bool {
	if owner := metav1.GetControllerOf(service); owner != nil {
		return owner.UID == object.UID
	}
	return service.Labels[ManagedByLabel] == v1alpha1.ManagedBy
}

const (
	// ManagedByLabel marks a Service as created by this operator.
	ManagedByLabel = "app.kubernetes.io/managed-by"
	// AppliedAnnotation remembers which labels and annotations of the spec were
	// put on the Service, so that they can be taken off again while those of
	// others, such as load balancer controllers, stay.
	AppliedAnnotation = "external-endpoints.io/applied-metadata"
)

// appliedMetadata is the value of appliedAnnotation: sorted keys.
type appliedMetadata struct {
	Labels      []string `json:"labels,omitempty"`
	Annotations []string `json:"annotations,omitempty"`
}

// String returns the metadata as the annotation holds it.
func (a appliedMetadata) String() string {
	encoded, err := json.Marshal(a)
	if err != nil {
		panic(fmt.Sprintf("externalservice: strings always encode: %v", err))
	}
	return string(encoded)
}

// Service returns the Service that the spec wants, based on the present one, and whether the two
// differ. An Existing Service never differs, nor does that of an object that is being deleted or
// exceeds a limit.
func Service(f facts.Facts) (service *corev1.Service, differs bool) {
	object, existing := f.Object, f.Service
	if !f.Managed() || f.CreatesNothing() {
		return existing, false
	}
	if existing == nil {
		service = &corev1.Service{ObjectMeta: metav1.ObjectMeta{
			Namespace: object.Namespace,
			Name:      object.EffectiveServiceName(),
		}}
	} else {
		service = existing.DeepCopy()
	}
	shapeMetadata(object, service)
	shapeSpec(object.Spec, &service.Spec)
	return service, existing == nil || !apiequality.Semantic.DeepEqual(existing, service)
}

func shapeMetadata(object *v1alpha1.ExternalService, service *corev1.Service) {
	wanted := object.Spec.Service
	var before appliedMetadata
	// We wrote the annotation; if another writer broke it, no label is removed.
	_ = json.Unmarshal([]byte(service.Annotations[AppliedAnnotation]), &before)

	service.Labels = Overlay(service.Labels, before.Labels, wanted.ServiceLabels())
	service.Annotations = Overlay(service.Annotations, before.Annotations, wanted.Annotations)
	service.Labels[ManagedByLabel] = v1alpha1.ManagedBy
	delete(service.Annotations, AppliedAnnotation)
	if len(wanted.Labels)+len(wanted.Annotations) > 0 {
		service.Annotations[AppliedAnnotation] = appliedMetadata{
			Labels:      slices.Sorted(maps.Keys(wanted.Labels)),
			Annotations: slices.Sorted(maps.Keys(wanted.Annotations)),
		}.String()
	}
	if metav1.GetControllerOf(service) == nil {
		service.OwnerReferences = append(service.OwnerReferences, OwnerReference(object))
	}
}

// Overlay takes off what was put on before and puts on what is wanted now.
func Overlay(current map[string]string, before []string, wanted map[string]string) map[string]string {
	result := maps.Clone(current)
	if result == nil {
		result = map[string]string{}
	}
	for _, key := range before {
		delete(result, key)
	}
	maps.Copy(result, wanted)
	return result
}

func shapeSpec(spec v1alpha1.ExternalServiceSpec, service *corev1.ServiceSpec) {
	wanted := spec.Service
	service.Type = wanted.EffectiveType()
	service.SessionAffinity = wanted.EffectiveSessionAffinity()
	if service.SessionAffinity == corev1.ServiceAffinityNone {
		service.SessionAffinityConfig = nil
	}
	service.TrafficDistribution = optional(wanted.TrafficDistribution)
	if wanted.Headless {
		service.ClusterIP = corev1.ClusterIPNone
	}
	if wanted.IPFamilyPolicy != nil {
		service.IPFamilyPolicy = new(*wanted.IPFamilyPolicy)
	}
	// The API server adds the second family of a dual stack by itself, and takes it
	// away together with its address.
	if n := len(wanted.IPFamilies); len(service.IPFamilies) < n || !slices.Equal(service.IPFamilies[:n], wanted.IPFamilies) {
		service.IPFamilies = slices.Clone(wanted.IPFamilies)
	}
	ports := make([]corev1.ServicePort, len(spec.Ports))
	for i, port := range spec.Ports {
		ports[i] = corev1.ServicePort{
			Name:       port.Name,
			Protocol:   port.EffectiveProtocol(),
			Port:       port.Port,
			TargetPort: intstr.FromInt32(port.EffectiveTargetPort()),
			NodePort:   nodePort(service, spec.Ports, port),
		}
		if port.AppProtocol != "" {
			ports[i].AppProtocol = &port.AppProtocol
		}
	}
	service.Ports = ports
}

// optional writes a text that may be left out; empty: it is.
func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// nodePort keeps the node port that the API server gave the port, or the port that
// had its number and another name, which is no port of the spec any more. A ClusterIP
// Service has none, and one left over from another type would be refused.
func nodePort(service *corev1.ServiceSpec, ports []v1alpha1.Port, wanted v1alpha1.Port) int32 {
	if service.Type == corev1.ServiceTypeClusterIP {
		return 0
	}
	same := func(is func(corev1.ServicePort) bool) int32 {
		if i := slices.IndexFunc(service.Ports, is); i >= 0 {
			return service.Ports[i].NodePort
		}
		return 0
	}
	if kept := same(func(p corev1.ServicePort) bool { return p.Name == wanted.Name }); kept != 0 {
		return kept
	}
	return same(func(p corev1.ServicePort) bool {
		left := !slices.ContainsFunc(ports, func(port v1alpha1.Port) bool { return port.Name == p.Name })
		return left && p.Port == wanted.Port && p.Protocol == wanted.EffectiveProtocol()
	})
}

// OwnerReference is the controller reference to the object, by which what it owns is collected.
func OwnerReference(object *v1alpha1.ExternalService) metav1.OwnerReference {
	return *metav1.NewControllerRef(object, v1alpha1.GroupVersion.WithKind(v1alpha1.Kind))
}
