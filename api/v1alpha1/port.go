package v1alpha1

import corev1 "k8s.io/api/core/v1"

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
