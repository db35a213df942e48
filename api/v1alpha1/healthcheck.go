package v1alpha1

// InitialState is the state of a host that was never seen before.
type InitialState string

const (
	// InitialUnhealthy: the host gets traffic after its first success.
	InitialUnhealthy InitialState = "Unhealthy"

	// InitialHealthy: the host gets traffic until its checks fail.
	InitialHealthy InitialState = "Healthy"
)

// HealthCheck says how a host is checked. At most one of tcp, http, grpc, tls,
// udp and none is set; without any a TCP port is checked as with tcp.
//
// +kubebuilder:validation:XValidation:rule=`[has(self.tcp), has(self.http), has(self.grpc), has(self.tls), has(self.udp), has(self.none)].filter(s, s).size() <= 1`,message=`must set at most one of tcp, http, grpc, tls, udp and none`
// +kubebuilder:validation:XValidation:fieldPath=`.timeout`,rule=`!has(self.timeout) || duration(self.timeout) <= duration(self.interval)`,message=`timeout must not be longer than interval`
// +kubebuilder:validation:XValidation:fieldPath=`.fastInterval`,rule=`!has(self.fastInterval) || duration(self.fastInterval) <= duration(self.interval)`,message=`fastInterval must not be longer than interval`
type HealthCheck struct {
	// Time from the start of one check to the start of the next, 100ms to 1h.
	// +optional
	// +kubebuilder:default="5s"
	// +kubebuilder:validation:XValidation:rule=`duration(self) >= duration('100ms') && duration(self) <= duration('1h')`,message=`must be between 100ms and 1h`
	Interval Duration `json:"interval,omitempty"`

	// Time that a whole check may take, TLS and body included; 10ms to interval.
	// The default is 1s, or interval where that is shorter.
	// +optional
	// +kubebuilder:validation:XValidation:rule=`duration(self) >= duration('10ms')`,message=`must be at least 10ms`
	Timeout Duration `json:"timeout,omitempty"`

	// Failures in a row after which a healthy host is unhealthy, 1 to 10.
	// +optional
	// +kubebuilder:default=3
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=10
	UnhealthyThreshold int32 `json:"unhealthyThreshold,omitempty"`

	// Successes in a row after which an unhealthy host is healthy, 1 to 10. One is
	// enough for a host that was never seen before.
	// +optional
	// +kubebuilder:default=2
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=10
	HealthyThreshold int32 `json:"healthyThreshold,omitempty"`

	// Interval from the first result that contradicts the host's state until the
	// state is settled again, 100ms to interval. The default is a fifth of
	// interval, at least 100ms.
	// +optional
	// +kubebuilder:validation:XValidation:rule=`duration(self) >= duration('100ms')`,message=`must be at least 100ms`
	FastInterval Duration `json:"fastInterval,omitempty"`

	// Port to check instead of the port that gets the traffic, 1 to 65535. It must
	// be set where the check does not speak the protocol of that port: tcp, http,
	// grpc and tls speak TCP, udp speaks UDP, and none asks nothing.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=65535
	Port int32 `json:"port,omitempty"`

	// State of a host that was never seen before. Unhealthy: it gets traffic after
	// its first success. Healthy: it gets traffic at once, until its checks fail.
	// +optional
	// +kubebuilder:default=Unhealthy
	// +kubebuilder:validation:Enum=Unhealthy;Healthy
	InitialState InitialState `json:"initialState,omitempty"`

	// Check by a TCP connection, and by a reply if one is expected.
	// +optional
	TCP *TCPCheck `json:"tcp,omitempty"`

	// Check by an HTTP request.
	// +optional
	HTTP *HTTPCheck `json:"http,omitempty"`

	// Check by the gRPC health protocol, grpc.health.v1.
	// +optional
	GRPC *GRPCCheck `json:"grpc,omitempty"`

	// Check by a TLS handshake, and by the life of the certificate.
	// +optional
	TLS *TLSCheck `json:"tls,omitempty"`

	// Check by a UDP datagram, and by a reply if one is expected.
	// +optional
	UDP *UDPCheck `json:"udp,omitempty"`

	// No check: the host is always healthy.
	// +optional
	None *NoCheck `json:"none,omitempty"`
}

// NoCheck counts a host as healthy without a probe.
type NoCheck struct{}
