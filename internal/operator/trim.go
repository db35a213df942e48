package operator

import (
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/slices"
)

// trimForeignSlice keeps of others' slices what tells that they hold endpoints.
// In most clusters nearly all slices are others'.
func trimForeignSlice(object any) (any, error) {
	slice, isSlice := object.(*discoveryv1.EndpointSlice)
	if !isSlice {
		return object, nil
	}
	slice.ManagedFields = nil
	if !slices.IsOurs(slice) {
		slice.Annotations, slice.Ports = nil, nil
		if len(slice.Endpoints) > 0 {
			slice.Endpoints = []discoveryv1.Endpoint{{}}
		}
	}
	return slice, nil
}

// ourEndpoints selects the v1 Endpoints that we wrote.
func ourEndpoints() labels.Selector {
	return labels.SelectorFromSet(labels.Set{slices.EndpointsManagedBy: v1alpha1.ManagedBy})
}
