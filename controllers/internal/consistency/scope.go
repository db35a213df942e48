package consistency

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
)

// scopeOf returns the scope in which an object is read.
func scopeOf(object client.Object) scope {
	s := scope{namespace: object.GetNamespace(), name: object.GetName(), kind: resourceOf(object)}
	if slice, isSlice := object.(*discoveryv1.EndpointSlice); isSlice {
		s.name = slice.Labels[discoveryv1.LabelServiceName]
	}
	return s
}

// resourceOf returns the plural name of the object's kind, also a metric label.
func resourceOf(object client.Object) string {
	switch object.(type) {
	case *v1alpha1.ExternalService:
		return "externalservices"
	case *corev1.Service:
		return "services"
	case *corev1.Endpoints:
		return "endpoints"
	case *discoveryv1.EndpointSlice:
		return "endpointslices"
	default:
		panic(fmt.Sprintf("apply: %T is not a kind that this operator reads or writes", object))
	}
}
