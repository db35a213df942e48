package externalservice

import (
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/endpointslice"
)

// facts are all that one reconcile knows of the cluster. They are shared with
// the cache and never changed.
type facts struct {
	object *v1alpha1.ExternalService
	// service is nil when there is none.
	service *corev1.Service
	// rival is the older ExternalService that claims the same Service, if any.
	rival *v1alpha1.ExternalService
	// slices are ours; foreign are others' slices of the same Service that hold endpoints.
	slices  []*discoveryv1.EndpointSlice
	foreign []*discoveryv1.EndpointSlice
	// endpoints is nil when there is none, or when none is written and none of ours is left.
	endpoints *corev1.Endpoints
	// writeEndpoints: the v1 Endpoints object is wanted.
	writeEndpoints bool
	// portNames are the Service's names for the spec's ports, where they differ.
	portNames map[string]string
	// referents are the Secrets and ConfigMaps that the checks refer to.
	referents referents
	// overLimit: the spec exceeds a limit.
	overLimit bool
}

// serviceKey names the Service.
func (f facts) serviceKey() types.NamespacedName {
	return types.NamespacedName{Namespace: f.object.Namespace, Name: f.object.EffectiveServiceName()}
}

// managed reports whether the operator owns the Service.
func (f facts) managed() bool { return f.object.Spec.Service.Management != v1alpha1.ServiceExisting }

// observes reports whether nothing but the status may be written.
func (f facts) observes() bool { return f.object.Spec.Observes() }

// terminating reports whether the object is being deleted, and waits for a finalizer.
func (f facts) terminating() bool { return f.object.DeletionTimestamp != nil }

// createsNothing reports whether no object may be created: what is published is looked
// after, and no more.
func (f facts) createsNothing() bool { return f.terminating() || f.overLimit }

// attached reports whether hosts have been published for the Service already.
func (f facts) attached() bool { return len(f.slices) > 0 }

// published reports whether there is anything to take back.
func (f facts) published() bool {
	return f.attached() || f.endpoints != nil && endpointslice.Owned(f.endpoints, f.object.UID)
}

// settled reports whether all that the present spec asks for was once written.
func (f facts) settled() bool {
	return f.object.Status.ObservedGeneration == f.object.Generation &&
		meta.IsStatusConditionTrue(f.object.Status.Conditions, v1alpha1.ConditionProgrammed)
}

// headless reports whether the Service has no cluster IP.
func (f facts) headless() bool {
	if f.service != nil {
		return f.service.Spec.ClusterIP == corev1.ClusterIPNone
	}
	return f.managed() && f.object.Spec.Service.Headless
}

// publishesNotReady reports whether the Service wants unready hosts announced as ready.
func (f facts) publishesNotReady() bool {
	return f.service != nil && f.service.Spec.PublishNotReadyAddresses
}
