package endpointslice

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/external-endpoints/operator/api/v1alpha1"
)

// ownedMetadata is what the metadata of an object of ours must say. Everything else in it
// belongs to others and is kept.
type ownedMetadata struct {
	labels map[string]string
	// headless: kube-proxy drops slices with that label, so it must be there for
	// headless Services and for no other.
	headless bool
	owner    metav1.OwnerReference
}

// sliceMetadata is the owned metadata of an EndpointSlice.
func sliceMetadata(owner Owner) ownedMetadata {
	return ownedMetadata{
		labels: map[string]string{
			discoveryv1.LabelServiceName: owner.Service,
			discoveryv1.LabelManagedBy:   ManagedBy,
		},
		headless: owner.Headless,
		owner:    owner.Reference,
	}
}

// isSetOn reports whether the object has the owned metadata.
func (m ownedMetadata) isSetOn(meta *metav1.ObjectMeta) bool {
	for key, value := range m.labels {
		if got, present := meta.Labels[key]; !present || got != value {
			return false
		}
	}
	value, headless := meta.Labels[corev1.IsHeadlessService]
	return headless == m.headless && value == "" &&
		slices.ContainsFunc(meta.OwnerReferences, func(r metav1.OwnerReference) bool { return sameReference(r, m.owner) })
}

// setOn sets the labels on metadata that is not shared with the cache.
func (m ownedMetadata) setOn(meta *metav1.ObjectMeta) {
	if meta.Labels == nil {
		meta.Labels = make(map[string]string, len(m.labels)+1)
	}
	for key, value := range m.labels {
		meta.Labels[key] = value
	}
	if m.headless {
		meta.Labels[corev1.IsHeadlessService] = ""
	} else {
		delete(meta.Labels, corev1.IsHeadlessService)
	}
	meta.OwnerReferences = slices.DeleteFunc(meta.OwnerReferences,
		func(r metav1.OwnerReference) bool { return r.UID == m.owner.UID })
	meta.OwnerReferences = append(meta.OwnerReferences, *m.owner.DeepCopy())
}

func sameReference(a, b metav1.OwnerReference) bool {
	return a.APIVersion == b.APIVersion && a.Kind == b.Kind && a.Name == b.Name && a.UID == b.UID &&
		isTrue(a.Controller) == isTrue(b.Controller) &&
		isTrue(a.BlockOwnerDeletion) == isTrue(b.BlockOwnerDeletion)
}

func isTrue(b *bool) bool { return b != nil && *b }

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
