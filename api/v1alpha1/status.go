package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// MaxStatusEndpoints is the most endpoints that a status lists. A thousand hosts
// with sixteen ports would make an object of megabytes.
const MaxStatusEndpoints = 100

// ExternalServiceStatus is what the operator last saw and did.
type ExternalServiceStatus struct {
	// Generation of the spec that this status is about.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// Name of the Service that the hosts are published for.
	// +optional
	ServiceName string `json:"serviceName,omitempty"`

	// How many hosts there are, and how they are.
	// +optional
	Hosts HostCounts `json:"hosts,omitzero"`

	// Accepted, Programmed, Available and Ready are always there; Degraded,
	// Stalled and Reconciling only while they are True.
	// +optional
	// +listType=map
	// +listMapKey=type
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// State of every host on every port, sorted; at most 100, the unhealthy ones
	// first when there are more.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=100
	Endpoints []EndpointStatus `json:"endpoints,omitempty"`

	// Whether endpoints were left out of the list.
	// +optional
	Truncated bool `json:"truncated,omitempty"`
}

// HostCounts counts hosts. A host counts as healthy or published when it is on
// every port. Of a name each address is a host; of an SRV name each address and port.
type HostCounts struct {
	// Hosts in the spec, those that are disabled left out. A name without an
	// address counts as one, and so do all addresses of a name that are denied.
	// +optional
	Total int32 `json:"total"`

	// Hosts that are healthy.
	// +optional
	Healthy int32 `json:"healthy"`

	// Hosts that receive traffic.
	// +optional
	Published int32 `json:"published"`

	// Healthy and total hosts for people, such as 2/3.
	// +optional
	Summary string `json:"summary,omitempty"`
}

// EndpointState is the state of a host on one port.
type EndpointState string

const (
	// EndpointHealthy: the last verdict was good.
	EndpointHealthy EndpointState = "Healthy"

	// EndpointUnhealthy: the last verdict was bad.
	EndpointUnhealthy EndpointState = "Unhealthy"

	// EndpointUnknown: there is no verdict yet.
	EndpointUnknown EndpointState = "Unknown"

	// EndpointDraining: the user drains the host.
	EndpointDraining EndpointState = "Draining"

	// EndpointDisabled: the user disabled the host.
	EndpointDisabled EndpointState = "Disabled"

	// EndpointDenied: the address policy forbids the host.
	EndpointDenied EndpointState = "Denied"
)

// EndpointStatus is the state of one host on one port.
type EndpointStatus struct {
	// Address of the host as in spec.hosts: an IP address, a DNS name or an SRV
	// name.
	// +required
	Host string `json:"host"`

	// IP address that is checked and published: of a name, one of those that it
	// resolves to. Absent while a name has none, and where those that it has are
	// denied.
	// +optional
	Address string `json:"address,omitempty"`

	// Name of the port as in spec.ports.
	// +required
	Port string `json:"port"`

	// Port on which the host listens: of an SRV name that of its record, and 0
	// while it has none.
	// +required
	TargetPort int32 `json:"targetPort"`

	// State of the host on this port: Healthy, Unhealthy, Unknown, Draining,
	// Disabled or Denied.
	// +required
	State EndpointState `json:"state"`

	// Whether the endpoint receives traffic. It may differ from state: hosts of
	// a lower tier stand by, and failurePolicy says who is published when too few
	// are healthy.
	// +required
	Published bool `json:"published"`

	// When the endpoint entered its state.
	// +optional
	Since *metav1.Time `json:"since,omitempty"`

	// Why the last check failed: ConnectionRefused, ConnectTimeout, Unreachable,
	// Reset, Timeout, TLSHandshake, CertificateInvalid, CertificateExpiring,
	// UnexpectedStatus, UnexpectedBody, UnexpectedReply, NotServing,
	// NameNotFound, NameTimeout, AddressDenied or Protocol. Absent while the host is
	// healthy.
	// +optional
	Reason string `json:"reason,omitempty"`
}
