package v1alpha1

// Reasons of the condition Accepted. Those of a False one are also the reasons
// of Ready and Stalled.
const (
	// ReasonAccepted: the spec can be acted on.
	ReasonAccepted = "Accepted"

	// ReasonServiceConflict: a Service of the wanted name is there and is not ours.
	ReasonServiceConflict = "ServiceConflict"

	// ReasonServiceHasSelector: the Service selects Pods, so Kubernetes writes its
	// endpoints.
	ReasonServiceHasSelector = "ServiceHasSelector"

	// ReasonServiceNotFound: the Existing Service is not there.
	ReasonServiceNotFound = "ServiceNotFound"

	// ReasonServiceTypeUnsupported: the Existing Service is of type ExternalName.
	ReasonServiceTypeUnsupported = "ServiceTypeUnsupported"

	// ReasonPortMismatch: the Existing Service lacks a port of the spec, or has it
	// with another number or protocol.
	ReasonPortMismatch = "PortMismatch"

	// ReasonClaimed: an older ExternalService has the same Service.
	ReasonClaimed = "Claimed"

	// ReasonInvalidHost: a host is in the spec that this version cannot read.
	ReasonInvalidHost = "InvalidHost"
)

// Reasons of the condition Programmed.
const (
	// ReasonProgrammed: what the verdicts say is written.
	ReasonProgrammed = "Programmed"

	// ReasonWriteFailed: the API server refused a write or did not answer.
	ReasonWriteFailed = "WriteFailed"

	// ReasonRestricted: the operator lacks the permission for restricted
	// endpoints, which OpenShift asks for.
	ReasonRestricted = "Restricted"
)

// Reasons of the condition Available.
const (
	// ReasonAvailable: at least one host is healthy.
	ReasonAvailable = "Available"

	// ReasonAllUnhealthy: there are hosts, and none is healthy.
	ReasonAllUnhealthy = "AllUnhealthy"

	// ReasonNoHosts: the spec has no Active host.
	ReasonNoHosts = "NoHosts"
)

// ReasonPending: a first verdict or a first write is still to come. A reason of
// Programmed, Available and Reconciling.
const ReasonPending = "Pending"

// ReasonReady: Accepted, Programmed and Available. The reason of a Ready that is
// not True is that of the first of them that is not.
const ReasonReady = "Ready"

// Reasons of the condition Degraded.
const (
	// ReasonHostsUnhealthy: some host is unhealthy.
	ReasonHostsUnhealthy = "HostsUnhealthy"

	// ReasonFailStatic: all hosts failed together, so what was published is kept.
	ReasonFailStatic = "FailStatic"

	// ReasonHostDenied: the address policy forbids some host.
	ReasonHostDenied = "HostDenied"
)
