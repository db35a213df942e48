package v1alpha1

// Kind is the kind of an ExternalService.
const Kind = "ExternalService"

const (
	// ManagedBy is the value of the label endpointslice.kubernetes.io/managed-by on every
	// EndpointSlice that the operator writes. Slices with another value have another owner and are
	// never written.
	ManagedBy = "operator.external-endpoints.io"

	// FieldManager is the name under which the operator writes to the API server.
	FieldManager = ManagedBy
)
