package endpointslice

import (
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/external-endpoints/operator/api/v1alpha1"
)

// ManagedBy is the operator's name in the managed-by labels of slices and Endpoints.
const ManagedBy = "operator.external-endpoints.io"

// LabelEndpointsManagedBy is the key that the endpoints controller of Kubernetes
// uses on v1 Endpoints; no public package has a constant for it.
const LabelEndpointsManagedBy = "endpoints.kubernetes.io/managed-by"

// IsOurs reports whether a slice or an Endpoints object says that this operator
// writes it. Others are never touched. The label of slices goes first: Kubernetes
// copies the labels of an Endpoints object to the slices that mirror it.
func IsOurs(object metav1.Object) bool {
	labels := object.GetLabels()
	if manager, isSlice := labels[discoveryv1.LabelManagedBy]; isSlice {
		return manager == ManagedBy
	}
	return labels[LabelEndpointsManagedBy] == ManagedBy
}

// Owned reports whether an object belongs to the owner: it is its controller, or
// the object is ours and has lost its controller. Either the reference or the
// label can be missing and is then restored. An object that another owner
// controls is never taken: that owner may be alive, and if it is not, the garbage
// collector is about to delete the object.
func Owned(object metav1.Object, owner types.UID) bool {
	if controller := metav1.GetControllerOfNoCopy(object); controller != nil {
		return controller.UID == owner
	}
	return IsOurs(object)
}

// MadeFor returns the Service that a slice was made for. It reads the name, because labels may
// have been changed; empty: the slice is not this operator's.
func MadeFor(object metav1.Object) string {
	controller := metav1.GetControllerOfNoCopy(object)
	if controller == nil || controller.Kind != v1alpha1.Kind {
		return ""
	}
	prefix := prefixOf(object.GetName())
	return prefixOf(prefix)
}
