package v1alpha1

import (
	corev1 "k8s.io/api/core/v1"
)

// Port is one port of the Service and the hosts' port behind it.
//
// +kubebuilder:validation:XValidation:fieldPath=`.healthCheck`,rule=`self.protocol == 'TCP' || !has(self.healthCheck) || (has(self.healthCheck.tcp) || has(self.healthCheck.http) || has(self.healthCheck.grpc) || has(self.healthCheck.tls) || has(self.healthCheck.udp) || has(self.healthCheck.none))`,message=`healthCheck must set one of tcp, http, grpc, tls, udp and none: only a TCP port has a default`
// +kubebuilder:validation:XValidation:fieldPath=`.healthCheck`,rule=`!has(self.healthCheck) || has(self.healthCheck.port) || (self.protocol == 'TCP' || !(has(self.healthCheck.tcp) || has(self.healthCheck.http) || has(self.healthCheck.grpc) || has(self.healthCheck.tls))) && (self.protocol == 'UDP' || !has(self.healthCheck.udp))`,message=`healthCheck must set port when the check and the port differ in protocol: a udp check speaks UDP, tcp, http, grpc and tls speak TCP`
type Port struct {
	// Name of the port in the Service and in its EndpointSlices: a DNS label,
	// unique in this object.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:XValidation:rule=`self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')`,message=`must be a DNS label: lower-case letters, digits and '-', first and last no '-'`
	Name string `json:"name"`

	// Protocol of the port: TCP, UDP or SCTP.
	// +optional
	// +kubebuilder:default=TCP
	// +kubebuilder:validation:Enum=TCP;UDP;SCTP
	Protocol corev1.Protocol `json:"protocol,omitempty"`

	// Port on which the Service is reached, 1 to 65535. No two ports have the
	// same number and protocol.
	// +required
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=65535
	Port int32 `json:"port"`

	// Port on which the hosts listen, 1 to 65535; the default is port. A host can
	// have another one, see hosts.ports.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=65535
	TargetPort int32 `json:"targetPort,omitempty"`

	// Application protocol of the port, as in Service: an IANA service name such
	// as https, or a prefixed name such as kubernetes.io/h2c.
	// +optional
	// +kubebuilder:validation:MaxLength=317
	// +kubebuilder:validation:XValidation:rule=`self == '' || !format.qualifiedName().validate(self).hasValue()`,message=`must be an IANA service name such as https, or a prefixed name such as example.com/proto`
	AppProtocol string `json:"appProtocol,omitempty"`

	// How the hosts are checked on this port. It replaces spec.healthCheck as a
	// whole; nothing is inherited from there.
	// +optional
	HealthCheck *HealthCheck `json:"healthCheck,omitempty"`
}

// ServiceManagement is the owner of the Service.
type ServiceManagement string

const (
	// ServiceManaged: the operator creates the Service and owns it.
	ServiceManaged ServiceManagement = "Managed"

	// ServiceExisting: the Service has another owner and no selector; the operator never writes it.
	ServiceExisting ServiceManagement = "Existing"
)

// ServiceSpec names the Service and, when the operator owns it, shapes it.
//
// +kubebuilder:validation:XValidation:rule=`self.management != 'Existing' || !(has(self.type) || has(self.headless) || has(self.labels) || has(self.annotations) || has(self.ipFamilyPolicy) || has(self.ipFamilies) || has(self.sessionAffinity) || has(self.trafficDistribution))`,message=`type, headless, labels, annotations, ipFamilyPolicy, ipFamilies, sessionAffinity and trafficDistribution must not be set with management Existing`
// +kubebuilder:validation:XValidation:fieldPath=`.headless`,rule=`(has(self.headless) && self.headless) == (has(oldSelf.headless) && oldSelf.headless)`,message=`headless must not change`
// +kubebuilder:validation:XValidation:fieldPath=`.headless`,rule=`!has(self.headless) || !self.headless || !has(self.type) || self.type == 'ClusterIP'`,message=`headless must be false unless type is ClusterIP`
// +kubebuilder:validation:XValidation:fieldPath=`.ipFamilies`,rule=`!has(self.ipFamilies) || !has(self.ipFamilyPolicy) || self.ipFamilyPolicy != 'SingleStack' || size(self.ipFamilies) < 2`,message=`ipFamilies must name one family only with ipFamilyPolicy SingleStack`
type ServiceSpec struct {
	// Name of the Service, in the namespace of this object. The default is the
	// name of this object, and is not written here: the field selector
	// spec.service.name finds only objects that set it. It must not change.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:XValidation:rule=`self.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')`,message=`must be a Service name: lower-case letters, digits and '-', first a letter, last no '-'`
	Name string `json:"name,omitempty"`

	// Who owns the Service. Managed: the operator creates, owns and deletes it.
	// Existing: it is somebody else's, must have no selector, and is never
	// written; the fields below must then not be set.
	// +optional
	// +kubebuilder:default=Managed
	// +kubebuilder:validation:Enum=Managed;Existing
	Management ServiceManagement `json:"management,omitempty"`

	// Type of the Service: ClusterIP, NodePort or LoadBalancer; ClusterIP when
	// absent. For anything finer bring an Existing Service.
	// +optional
	// +kubebuilder:validation:Enum=ClusterIP;NodePort;LoadBalancer
	Type corev1.ServiceType `json:"type,omitempty"`

	// Headless gives the Service no cluster IP: its DNS name resolves to the
	// healthy hosts themselves. Only with type ClusterIP. It must not change.
	// +optional
	Headless bool `json:"headless,omitempty"`

	// Labels to put on the Service, at most 32.
	// +optional
	// +kubebuilder:validation:MaxProperties=32
	// +kubebuilder:validation:XValidation:rule=`self.all(k, !format.qualifiedName().validate(k).hasValue())`,message=`keys must be label keys, such as team or example.com/team`
	Labels map[string]LabelValue `json:"labels,omitempty"`

	// Annotations to put on the Service, at most 32.
	// +optional
	// +kubebuilder:validation:MaxProperties=32
	// +kubebuilder:validation:XValidation:rule=`self.all(k, !format.qualifiedName().validate(k.lowerAscii()).hasValue())`,message=`keys must be annotation keys, such as example.com/owner`
	// +kubebuilder:validation:XValidation:rule=`self.all(k, size(self[k]) <= 4096)`,message=`values must have at most 4096 characters`
	Annotations map[string]string `json:"annotations,omitempty"`

	// IP family policy of the Service, as in Service: SingleStack,
	// PreferDualStack or RequireDualStack. The cluster's default when absent; taken
	// away later it leaves the Service as it is, and SingleStack gives up a family.
	// +optional
	// +kubebuilder:validation:Enum=SingleStack;PreferDualStack;RequireDualStack
	IPFamilyPolicy *corev1.IPFamilyPolicy `json:"ipFamilyPolicy,omitempty"`

	// IP families of the Service, as in Service: IPv4, IPv6 or both, the
	// preferred one first; the first must not change. Hosts of a family that the
	// Service lacks get no traffic. The cluster's default when absent.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=2
	// +kubebuilder:validation:items:Enum=IPv4;IPv6
	// +kubebuilder:validation:XValidation:rule=`size(self) < 2 || self[0] != self[1]`,message=`must not name a family twice`
	// +kubebuilder:validation:XValidation:rule=`size(self) == 0 || size(oldSelf) == 0 || self[0] == oldSelf[0]`,message=`the first family must not change`
	IPFamilies []corev1.IPFamily `json:"ipFamilies,omitempty"`

	// Session affinity of the Service, as in Service: None or ClientIP; None when
	// absent.
	// +optional
	// +kubebuilder:validation:Enum=None;ClientIP
	SessionAffinity corev1.ServiceAffinity `json:"sessionAffinity,omitempty"`

	// Traffic distribution of the Service, as in Service: PreferSameZone,
	// PreferSameNode or PreferClose. Where a Service has one, its own or that of an
	// Existing Service, the hosts' zones are written as hints.
	// +optional
	// +kubebuilder:validation:Enum="";PreferClose;PreferSameZone;PreferSameNode
	TrafficDistribution string `json:"trafficDistribution,omitempty"`
}

// LabelValue is the value of a label.
//
// +kubebuilder:validation:MaxLength=63
// +kubebuilder:validation:XValidation:rule=`!format.labelValue().validate(self).hasValue()`,message=`must be a label value: letters, digits, '-', '_' and '.', first and last a letter or digit`
type LabelValue string

// ServiceLabels returns the labels of a managed Service in the form that
// Kubernetes objects have them.
func (s ServiceSpec) ServiceLabels() map[string]string {
	labels := make(map[string]string, len(s.Labels))
	for key, value := range s.Labels {
		labels[key] = string(value)
	}

	return labels
}
