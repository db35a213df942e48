package v1alpha1

// Types of conditions. Accepted, Programmed, Available and Ready are set by the
// first reconcile and stay; the others are present only while they are True.
const (
	// ConditionAccepted: the spec can be acted on. The Service is there, has no
	// selector, and no other ExternalService has claimed it.
	ConditionAccepted = "Accepted"

	// ConditionProgrammed: EndpointSlices and Endpoints say what the last
	// verdicts say. False in mode Observe, which writes neither.
	ConditionProgrammed = "Programmed"

	// ConditionAvailable: at least failurePolicy.minHealthy hosts are healthy.
	ConditionAvailable = "Available"

	// ConditionReady: Accepted, Programmed and Available.
	ConditionReady = "Ready"

	// ConditionDegraded: some host is unhealthy or denied, a name cannot be
	// resolved or has too many addresses, the prober has lost its network, or
	// failurePolicy is in force.
	ConditionDegraded = "Degraded"

	// ConditionStalled: waiting will not cure it (kstatus).
	ConditionStalled = "Stalled"

	// ConditionReconciling: first verdicts are pending (kstatus).
	ConditionReconciling = "Reconciling"
)
