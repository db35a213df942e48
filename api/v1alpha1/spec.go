package v1alpha1

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
