package v1alpha1

// Reasons of the condition Accepted. Those of a False one are also the reasons
// of Ready and Stalled.
const (
	// ReasonAccepted: the spec can be acted on.
	ReasonAccepted = "Accepted"

	// ReasonLimitExceeded: the object needs more groups of EndpointSlices, or with
	// the older objects of its namespace more targets, than an object or a namespace
	// may have. The message has the number and the bound. Also a reason of Degraded: a
	// limit of the operator delays checks of the object by more than their interval. The
	// message has the flag and the delay.
	ReasonLimitExceeded = "LimitExceeded"

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

	// ReasonInvalidHost: a host is in the spec that this version cannot read, or a
	// check that cannot be run: a caBundle that is no certificate, a reference
	// that leads nowhere or may not be followed.
	ReasonInvalidHost = "InvalidHost"
)

// Reasons of the condition Programmed.
const (
	// ReasonProgrammed: what the verdicts say is written.
	ReasonProgrammed = "Programmed"

	// ReasonWriteFailed: the API server refused a write or did not answer.
	ReasonWriteFailed = "WriteFailed"

	// ReasonObserving: the mode is Observe, so nothing is written.
	ReasonObserving = "Observing"

	// ReasonRestricted: the operator lacks the permission for restricted endpoints, which OpenShift
	// requires.
	ReasonRestricted = "Restricted"
)

// Reasons of the condition Available.
const (
	// ReasonAvailable: at least failurePolicy.minHealthy hosts are healthy.
	ReasonAvailable = "Available"

	// ReasonBelowMinHealthy: some hosts are healthy, but fewer than
	// failurePolicy.minHealthy.
	ReasonBelowMinHealthy = "BelowMinHealthy"

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

	// ReasonFailStatic: too few hosts are healthy to distinguish dead hosts from a dead network, so
	// failurePolicy decides which are published.
	ReasonFailStatic = "FailStatic"

	// ReasonProberIsolated: nearly all hosts of all objects failed at once, so the
	// prober has lost its network, and not the world its hosts.
	ReasonProberIsolated = "ProberIsolated"

	// ReasonLocalTrafficPolicy: internalTrafficPolicy or externalTrafficPolicy of
	// the Service is Local, so that traffic goes to endpoints on the node where it
	// begins or enters. Outside hosts are on no node: none gets any of it, however
	// healthy they are.
	ReasonLocalTrafficPolicy = "LocalTrafficPolicy"

	// ReasonFamilyMismatch: some host has an address of an IP family that the
	// Service lacks, so that it gets no traffic.
	ReasonFamilyMismatch = "FamilyMismatch"

	// ReasonNameStale: a name cannot be resolved; its last good answer is in use.
	ReasonNameStale = "NameStale"

	// ReasonTruncated: a name has more addresses than resolution.maxAddresses, or
	// all hosts together are more than 1000.
	ReasonTruncated = "Truncated"

	// ReasonHostDenied: the address policy forbids some host.
	ReasonHostDenied = "HostDenied"
)
