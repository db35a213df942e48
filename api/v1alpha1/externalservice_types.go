package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// ExternalService declares hosts outside the cluster and how to check them. The
// healthy ones receive the traffic of a Service in the same namespace.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=xsvc,categories=external-endpoints,scope=Namespaced
// +kubebuilder:selectablefield:JSONPath=`.spec.service.name`
// +kubebuilder:printcolumn:name="Service",type=string,JSONPath=`.status.serviceName`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Healthy",type=string,JSONPath=`.status.hosts.summary`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Reason",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Message",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
// +kubebuilder:validation:XValidation:fieldPath=`.spec.service.name`,rule=`has(self.spec.service.name) || size(self.metadata.name) <= 63 && self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')`,message=`service.name must be set, because metadata.name is no Service name: at most 63 lower-case letters, digits and '-', a letter first`
// +kubebuilder:validation:XValidation:fieldPath=`.spec.service.name`,rule=`(has(self.spec.service.name) ? self.spec.service.name : self.metadata.name) == (has(oldSelf.spec.service.name) ? oldSelf.spec.service.name : oldSelf.metadata.name)`,message=`service.name must not change; without it the name is metadata.name`
type ExternalService struct {
	metav1.TypeMeta `json:",inline"`

	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// What the user wants: the Service, its ports, the hosts and their check.
	// +required
	Spec ExternalServiceSpec `json:"spec"`

	// What the operator last saw and did.
	// +optional
	Status ExternalServiceStatus `json:"status,omitzero"`
}

// ExternalServiceList is a list of ExternalServices.
//
// +kubebuilder:object:root=true
type ExternalServiceList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []ExternalService `json:"items"`
}

// Mode says what the operator does with what it finds.
type Mode string

const (
	// ModePublish: the healthy hosts get the traffic of the Service.
	ModePublish Mode = "Publish"

	// ModeObserve: hosts are checked and reported; nothing but the status is written.
	ModeObserve Mode = "Observe"
)

// ExternalServiceSpec is what the user wants.
//
// +kubebuilder:validation:XValidation:fieldPath=`.ports`,rule=`self.ports.all(p, has(p.healthCheck) || p.protocol == 'TCP' || (has(self.healthCheck.tcp) || has(self.healthCheck.http) || has(self.healthCheck.grpc) || has(self.healthCheck.tls) || has(self.healthCheck.udp) || has(self.healthCheck.none)))`,message=`ports of protocol UDP or SCTP must have a healthCheck, their own or that of the spec, that sets one of tcp, http, grpc, tls, udp and none`
// +kubebuilder:validation:XValidation:fieldPath=`.healthCheck`,rule=`self.ports.all(p, has(p.healthCheck) || has(self.healthCheck.port) || (p.protocol == 'TCP' || !(has(self.healthCheck.tcp) || has(self.healthCheck.http) || has(self.healthCheck.grpc) || has(self.healthCheck.tls))) && (p.protocol == 'UDP' || !has(self.healthCheck.udp)))`,message=`healthCheck must set port, or ports their own healthCheck, when the check and a port differ in protocol: a udp check speaks UDP, tcp, http, grpc and tls speak TCP`
// +kubebuilder:validation:XValidation:fieldPath=`.hosts`,rule=`!has(self.hosts) || [self.ports.map(p, p.name)].all(names, self.hosts.all(h, !has(h.ports) || h.ports.all(p, p.name in names)))`,message=`hosts[].ports[].name must be the name of a port in spec.ports`
// +kubebuilder:validation:XValidation:fieldPath=`.ports`,rule=`size(self.ports) == 1 || !has(self.hosts) || !self.hosts.exists(h, h.address.startsWith('_'))`,message=`ports must have exactly one port when hosts[].address is an SRV name, whose record says one port`
// +kubebuilder:validation:XValidation:fieldPath=`.hosts`,rule=`size(self.ports) != 1 || !has(self.hosts) || ['TCP', 'UDP', 'SCTP'].all(p, p == self.ports[0].protocol || self.hosts.all(h, !h.address.startsWith('_') || !h.address.contains('._' + p.lowerAscii() + '.')))`,message=`hosts[].address must be an SRV name of the protocol of the port: _tcp for TCP, _udp for UDP, _sctp for SCTP`
// +kubebuilder:validation:XValidation:fieldPath=`.healthCheck.http.headers`,rule=`!has(self.healthCheck.http) || !has(self.healthCheck.http.headers) || !self.healthCheck.http.headers.exists(h, has(h.valueFrom) && has(h.valueFrom.secretKeyRef)) || self.healthCheck.http.scheme == 'HTTPS' && (!has(self.healthCheck.http.tls) || !has(self.healthCheck.http.tls.insecureSkipVerify) || !self.healthCheck.http.tls.insecureSkipVerify) || !has(self.hosts) || self.hosts.all(h, isIP(h.address))`,message=`headers[].valueFrom.secretKeyRef must be sent over verified TLS, with scheme HTTPS and without insecureSkipVerify, unless every hosts[].address is an IP address`
// +kubebuilder:validation:XValidation:fieldPath=`.ports`,rule=`self.ports.all(p, !has(p.healthCheck) || !has(p.healthCheck.http) || !has(p.healthCheck.http.headers) || !p.healthCheck.http.headers.exists(h, has(h.valueFrom) && has(h.valueFrom.secretKeyRef)) || p.healthCheck.http.scheme == 'HTTPS' && (!has(p.healthCheck.http.tls) || !has(p.healthCheck.http.tls.insecureSkipVerify) || !p.healthCheck.http.tls.insecureSkipVerify)) || !has(self.hosts) || self.hosts.all(h, isIP(h.address))`,message=`ports[].healthCheck.http.headers[].valueFrom.secretKeyRef must be sent over verified TLS, with scheme HTTPS and without insecureSkipVerify, unless every hosts[].address is an IP address`
type ExternalServiceSpec struct {
	// What the operator does with what it finds. Publish: the healthy hosts get the
	// traffic of the Service. Observe: hosts are checked and reported, and nothing
	// but the status of this object is written; what was published before stays as
	// it is. It may be switched at any time, both ways.
	// +optional
	// +kubebuilder:default=Publish
	// +kubebuilder:validation:Enum=Publish;Observe
	Mode Mode `json:"mode,omitempty"`

	// The Service through which the hosts are reached. Without it the operator
	// creates a ClusterIP Service with the name of this object.
	// +optional
	// +kubebuilder:default={}
	Service ServiceSpec `json:"service,omitzero"`

	// The ports of the Service, 1 to 16 of them.
	// +required
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	// +kubebuilder:validation:XValidation:rule=`self.all(p, self.exists_one(q, q.port == p.port && q.protocol == p.protocol))`,message=`ports must not have the same port and protocol twice`
	Ports []Port `json:"ports"`

	// The outside hosts that serve the ports, at most 1000. None is allowed: the
	// Service then refuses connections until a host is added.
	// +optional
	// +listType=map
	// +listMapKey=address
	// +kubebuilder:validation:MaxItems=1000
	Hosts []Host `json:"hosts,omitempty"`

	// How every host is checked on every port that has no check of its own.
	// Without it TCP ports are checked by connecting; a UDP or SCTP port must
	// have a check named.
	// +optional
	// +kubebuilder:default={}
	HealthCheck HealthCheck `json:"healthCheck,omitzero"`

	// What happens when too few hosts are healthy.
	// +optional
	// +kubebuilder:default={}
	FailurePolicy FailurePolicy `json:"failurePolicy,omitzero"`

	// What is written for the consumers of the Service.
	// +optional
	// +kubebuilder:default={}
	Publish Publish `json:"publish,omitzero"`

	// How DNS names among the hosts are resolved.
	// +optional
	// +kubebuilder:default={}
	Resolution Resolution `json:"resolution,omitzero"`
}

const Kind = "ExternalService"

const (
	// ManagedBy is the value of the label endpointslice.kubernetes.io/managed-by on every
	// EndpointSlice that the operator writes. Slices with another value have another owner and are
	// never written.
	ManagedBy = "operator.external-endpoints.io"

	// FieldManager is the name under which the operator writes to the API server.
	FieldManager = ManagedBy
)
