// Package v1alpha1 is the API of the operator: the kind ExternalService, by
// which a user declares hosts outside the cluster, how to check them, and the
// Service through which the healthy ones are reached.
//
// The comment of a field is its contract and what kubectl explain prints.
// Everything that the schema and CEL can judge is refused by the API server
// itself, so that a stored object never needs to be doubted; addresses and
// cluster state, which can change later, are judged again by the operator.
//
// A default that is the same for every object is in the schema and thus in the
// stored object. A default that depends on other fields is a method here, see
// defaults.go.
//
// +kubebuilder:object:generate=true
// +groupName=external-endpoints.io
package v1alpha1
