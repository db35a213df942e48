package facts

import (
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/checks"
	"github.com/external-endpoints/operator/controllers/internal/endpointslice"
)

// PrimaryFamily is the family that the v1 Endpoints object lists.
func PrimaryFamily(f Facts) corev1.IPFamily {
	if f.Service != nil && len(f.Service.Spec.IPFamilies) > 0 {
		return f.Service.Spec.IPFamilies[0]
	}
	if families := f.Object.Spec.Service.IPFamilies; len(families) > 0 {
		return families[0]
	}
	return corev1.IPv4Protocol
}

// Facts are all that one reconcile knows of the cluster. They are shared with
// the cache and never changed.
type Facts struct {
	Object *v1alpha1.ExternalService
	// Service is nil when there is none.
	Service *corev1.Service
	// Rival is the older ExternalService that claims the same Service, if any.
	Rival *v1alpha1.ExternalService
	// Slices are ours; foreign are others' slices of the same Service that hold endpoints.
	Slices  []*discoveryv1.EndpointSlice
	Foreign []*discoveryv1.EndpointSlice
	// Endpoints is nil when there is none, or when none is written and none of ours is left.
	Endpoints *corev1.Endpoints
	// WriteEndpoints: the v1 Endpoints object is wanted.
	WriteEndpoints bool
	// PortNames are the Service's names for the spec's ports, where they differ.
	PortNames map[string]string
	// References are the Secrets and ConfigMaps that the checks refer to.
	References checks.References
	// OverLimit: the spec exceeds a limit.
	OverLimit bool
}

// ServiceKey names the Service.
func (f Facts) ServiceKey() types.NamespacedName {
	return types.NamespacedName{Namespace: f.Object.Namespace, Name: f.Object.EffectiveServiceName()}
}

// Managed reports whether the operator owns the Service.
func (f Facts) Managed() bool { return f.Object.Spec.Service.Management != v1alpha1.ServiceExisting }

// Observes reports whether nothing but the status may be written.
func (f Facts) Observes() bool { return f.Object.Spec.Observes() }

// Terminating reports whether the object is being deleted, and waits for a finalizer.
func (f Facts) Terminating() bool { return f.Object.DeletionTimestamp != nil }

// CreatesNothing reports whether no object may be created: what is published is looked
// after, and no more.
func (f Facts) CreatesNothing() bool { return f.Terminating() || f.OverLimit }

// Attached reports whether hosts have been published for the Service already.
func (f Facts) Attached() bool { return len(f.Slices) > 0 }

// Published reports whether there is anything to take back.
func (f Facts) Published() bool {
	return f.Attached() || f.Endpoints != nil && endpointslice.Owned(f.Endpoints, f.Object.UID)
}

// Settled reports whether all that the present spec wants was written once.
func (f Facts) Settled() bool {
	return f.Object.Status.ObservedGeneration == f.Object.Generation &&
		meta.IsStatusConditionTrue(f.Object.Status.Conditions, v1alpha1.ConditionProgrammed)
}

// Headless reports whether the Service has no cluster IP.
func (f Facts) Headless() bool {
	if f.Service != nil {
		return f.Service.Spec.ClusterIP == corev1.ClusterIPNone
	}
	return f.Managed() && f.Object.Spec.Service.Headless
}

// PublishesNotReady reports whether the Service wants unready hosts announced as ready.
func (f Facts) PublishesNotReady() bool {
	return f.Service != nil && f.Service.Spec.PublishNotReadyAddresses
}
