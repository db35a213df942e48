package v1alpha1

// UnhealthyHostPolicy says what becomes of an unhealthy host in the slices.
type UnhealthyHostPolicy string

const (
	// UnhealthyKeep leaves the host in its EndpointSlice, marked not ready.
	UnhealthyKeep UnhealthyHostPolicy = "Keep"

	// UnhealthyRemove takes the host out of its EndpointSlice.
	UnhealthyRemove UnhealthyHostPolicy = "Remove"
)

// Publish says what is written for the consumers of the Service.
type Publish struct {
	// Whether the v1 Endpoints object is written too, for consumers that do not
	// read EndpointSlices.
	// +optional
	// +kubebuilder:default=true
	Endpoints *bool `json:"endpoints,omitempty"`

	// What becomes of an unhealthy host. Keep: it stays in its EndpointSlice with
	// ready=false, which most consumers want. Remove: it is taken out, for
	// consumers such as Envoy that count not-ready endpoints or send to them.
	// +optional
	// +kubebuilder:default=Keep
	// +kubebuilder:validation:Enum=Keep;Remove
	UnhealthyHosts UnhealthyHostPolicy `json:"unhealthyHosts,omitempty"`
}
