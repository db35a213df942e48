package v1alpha1

import (
	"encoding/base64"
	"fmt"
	"strings"
)

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

// CheckKind is the name of a member of the check union.
type CheckKind string

const (
	// CheckUnset: no member of the union is set.
	CheckUnset CheckKind = ""
	// CheckTCP is a TCP connection.
	CheckTCP CheckKind = "tcp"
	// CheckHTTP is an HTTP request.
	CheckHTTP CheckKind = "http"
	// CheckGRPC is a gRPC health request.
	CheckGRPC CheckKind = "grpc"
	// CheckTLS is a TLS handshake.
	CheckTLS CheckKind = "tls"
	// CheckUDP is a UDP datagram.
	CheckUDP CheckKind = "udp"
	// CheckNone sends no probe.
	CheckNone CheckKind = "none"
)

// Kind returns the member of the union that is set. The API server sees to it
// that there is at most one.
func (h HealthCheck) Kind() CheckKind {
	switch {
	case h.TCP != nil:
		return CheckTCP
	case h.HTTP != nil:
		return CheckHTTP
	case h.GRPC != nil:
		return CheckGRPC
	case h.TLS != nil:
		return CheckTLS
	case h.UDP != nil:
		return CheckUDP
	case h.None != nil:
		return CheckNone
	default:
		return CheckUnset
	}
}

// base64Prefix starts a Payload that is written in base64.
const base64Prefix = "base64:"

// Payload is what is sent to a host or expected from it: the text itself, or
// base64: and the bytes in standard base64 with padding. At most 1024 characters
// as written.
//
// +kubebuilder:validation:MaxLength=1024
// +kubebuilder:validation:XValidation:rule=`!self.startsWith('base64:') || self.matches('^base64:([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$')`,message=`must be text, or base64: and standard base64 with padding`
type Payload string

// Bytes returns the bytes of the payload.
func (p Payload) Bytes() ([]byte, error) {
	encoded, found := strings.CutPrefix(string(p), base64Prefix)
	if !found {
		return []byte(p), nil
	}

	decoded, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return nil, fmt.Errorf("payload after %q must be standard base64: %w", base64Prefix, err)
	}

	return decoded, nil
}

// TCPCheck passes when a TCP connection is made and, where expect is set, the
// reply holds it.
type TCPCheck struct {
	// What to send after connecting: text, or base64: and bytes. Nothing when
	// absent.
	// +optional
	Send Payload `json:"send,omitempty"`

	// What the reply must contain: text, or base64: and bytes. When absent, the
	// connection is enough.
	// +optional
	Expect Payload `json:"expect,omitempty"`
}

// UDPCheck passes when the reply holds what is expected; without an expectation,
// when the host does not report the port as unreachable within the timeout.
type UDPCheck struct {
	// What the datagram holds: text, or base64: and bytes. An empty datagram is
	// sent when absent.
	// +optional
	Send Payload `json:"send,omitempty"`

	// What the reply must contain: text, or base64: and bytes. When absent, the
	// host is healthy unless ICMP says that the port is unreachable.
	// +optional
	Expect Payload `json:"expect,omitempty"`
}
