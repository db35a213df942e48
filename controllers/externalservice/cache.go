package externalservice

import (
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/checks"
	"github.com/external-endpoints/operator/controllers/internal/endpointslice"
)

// Watched are the kinds that the controller reads from the cache: Secrets and
// ConfigMaps only where references to them are followed.
func Watched(followReferences bool) []client.Object {
	kinds := []client.Object{
		&v1alpha1.ExternalService{},
		&corev1.Service{},
		&discoveryv1.EndpointSlice{},
		&corev1.Endpoints{},
	}
	if followReferences {
		kinds = append(kinds, &corev1.Secret{}, &corev1.ConfigMap{})
	}
	return kinds
}

// CacheOptions limit the informer caches to what the controller needs. Slices of other
// writers are cached without their content, Endpoints only if they are ours, Secrets and
// ConfigMaps only with the reference label, and nothing with managedFields. No namespaces
// means all of them.
func CacheOptions(namespaces []string) cache.Options {
	options := cache.Options{
		DefaultTransform: cache.TransformStripManagedFields(),
		ByObject: map[client.Object]cache.ByObject{
			&discoveryv1.EndpointSlice{}: {Transform: trimForeignSlice},
			&corev1.Endpoints{}:          {Label: ourEndpoints()},
			&corev1.Secret{}:             {Label: referable(), Transform: trimReferent},
			&corev1.ConfigMap{}:          {Label: referable(), Transform: trimReferent},
		},
	}
	if len(namespaces) > 0 {
		options.DefaultNamespaces = map[string]cache.Config{}
		for _, namespace := range namespaces {
			options.DefaultNamespaces[namespace] = cache.Config{}
		}
	}
	return options
}

// trimForeignSlice keeps of another writer's slice only whether it holds endpoints. A slice of
// ours that lost its label is cached whole, because it will be restored. In most clusters
// nearly all slices are foreign, so the cache would be large without this.
func trimForeignSlice(object any) (any, error) {
	slice, isSlice := object.(*discoveryv1.EndpointSlice)
	if !isSlice {
		return object, nil
	}
	slice.ManagedFields = nil
	if !endpointslice.IsOurs(slice) && endpointslice.MadeFor(slice) == "" {
		slice.Annotations, slice.Ports = nil, nil
		if len(slice.Endpoints) > 0 {
			slice.Endpoints = []discoveryv1.Endpoint{{}}
		}
	}
	return slice, nil
}

// ourEndpoints selects the v1 Endpoints that we wrote.
func ourEndpoints() labels.Selector {
	return labels.SelectorFromSet(labels.Set{endpointslice.LabelEndpointsManagedBy: v1alpha1.ManagedBy})
}

// referable selects the Secrets and ConfigMaps that checks may refer to. No other one is ever
// read: otherwise a user who may write ExternalServices could send any Secret of the namespace
// to a host of their choice.
func referable() labels.Selector {
	return labels.SelectorFromSet(labels.Set{v1alpha1.ReferenceLabel: "true"})
}

// trimReferent keeps the content. An annotation may repeat it, as that of kubectl
// apply does.
func trimReferent(object any) (any, error) {
	if o, ok := object.(client.Object); ok {
		o.SetManagedFields(nil)
		o.SetAnnotations(nil)
	}
	return object, nil
}

// claimIndex is the cache index of ExternalServices by the Service they claim.
const claimIndex = "claimedService"

func claimOf(object client.Object) []string {
	return []string{object.(*v1alpha1.ExternalService).EffectiveServiceName()}
}

// referenceIndex is the cache index of ExternalServices by what they refer to.
const referenceIndex = "reference"

func referencesIn(object client.Object) []string {
	refs := checks.ReferencesOf(object.(*v1alpha1.ExternalService).Spec)
	values := make([]string, 0, len(refs))
	for _, ref := range refs {
		values = append(values, ref.String())
	}
	return values
}
