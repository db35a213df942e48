package endpointslice

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// mark is what the metadata of an object of ours must say. Everything else in it
// belongs to others and is kept.
type mark struct {
	labels map[string]string
	// headless: kube-proxy drops slices with that label, so it must be there for
	// headless Services and for no other.
	headless bool
	owner    metav1.OwnerReference
}

// sliceMark is the mark of an EndpointSlice.
func sliceMark(owner Owner) mark {
	return mark{
		labels: map[string]string{
			discoveryv1.LabelServiceName: owner.Service,
			discoveryv1.LabelManagedBy:   ManagedBy,
		},
		headless: owner.Headless,
		owner:    owner.Reference,
	}
}

// isOn reports whether the metadata bears the mark.
func (m mark) isOn(meta *metav1.ObjectMeta) bool {
	for key, value := range m.labels {
		if got, present := meta.Labels[key]; !present || got != value {
			return false
		}
	}
	value, headless := meta.Labels[corev1.IsHeadlessService]
	return headless == m.headless && value == "" &&
		slices.ContainsFunc(meta.OwnerReferences, func(r metav1.OwnerReference) bool { return sameReference(r, m.owner) })
}

// put sets the labels on metadata that is not shared with the cache.
func (m mark) put(meta *metav1.ObjectMeta) {
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
