package externalservice

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/consistency"
)

// simulatedServer is an API server in memory: resourceVersions, conflicts, UIDs and
// the status subresource. The fake client does the same by way of JSON, and that took nine
// tenths of the CPU of a simulated hour. What is stored is never changed, only replaced.
type simulatedServer struct {
	// Nobody calls the methods that are not implemented here.
	client.WithWatch

	mu      sync.Mutex
	version int
	objects map[simulatedName]client.Object
}

// simulatedName is kind and name of an object; all are in one namespace.
type simulatedName struct{ kind, name string }

func newSimulatedServer() *simulatedServer {
	return &simulatedServer{objects: map[simulatedName]client.Object{}}
}

func storedAs(o client.Object) simulatedName { return simulatedName{fmt.Sprintf("%T", o), o.GetName()} }

func (n simulatedName) resource() schema.GroupResource { return schema.GroupResource{Resource: n.kind} }

// copyInto fills an object from another of its kind.
func copyInto(into, from client.Object) {
	switch into := into.(type) {
	case *v1alpha1.ExternalService:
		from.(*v1alpha1.ExternalService).DeepCopyInto(into)
	case *corev1.Service:
		from.(*corev1.Service).DeepCopyInto(into)
	case *corev1.Endpoints:
		from.(*corev1.Endpoints).DeepCopyInto(into)
	case *discoveryv1.EndpointSlice:
		from.(*discoveryv1.EndpointSlice).DeepCopyInto(into)
	default:
		panic(fmt.Sprintf("nothing is known of %T", into))
	}
}

// Get implements client.Reader.
func (s *simulatedServer) Get(_ context.Context, key client.ObjectKey, into client.Object, _ ...client.GetOption) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := simulatedName{fmt.Sprintf("%T", into), key.Name}
	stored := s.objects[name]
	if stored == nil {
		return apierrors.NewNotFound(name.resource(), key.Name)
	}
	copyInto(into, stored)
	return nil
}

// List implements client.Reader. As a cache does, it shares what it holds.
func (s *simulatedServer) List(_ context.Context, into client.ObjectList, opts ...client.ListOption) error {
	var o client.ListOptions
	o.ApplyOptions(opts)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch into := into.(type) {
	case *v1alpha1.ExternalServiceList:
		into.Items = storedOf[v1alpha1.ExternalService](s, o, claimIndex, claimOf)
	case *discoveryv1.EndpointSliceList:
		into.Items = storedOf[discoveryv1.EndpointSlice](s, o, consistency.SliceServiceIndex, consistency.SliceService)
	default:
		panic(fmt.Sprintf("nothing is known of %T", into))
	}
	return nil
}

// storedOf are the stored objects of a kind that the options select, by name.
func storedOf[T any, P interface {
	*T
	client.Object
}](s *simulatedServer, o client.ListOptions, index string, indexed func(client.Object) []string) []T {
	var items []T
	for _, stored := range s.objects {
		object, is := stored.(P)
		if !is || o.LabelSelector != nil && !o.LabelSelector.Matches(labelsOf(object)) {
			continue
		}
		if o.FieldSelector != nil {
			if value, has := o.FieldSelector.RequiresExactMatch(index); !has || !slices.Contains(indexed(object), value) {
				continue
			}
		}
		items = append(items, *object)
	}
	slices.SortFunc(items, func(a, b T) int { return cmp.Compare(P(&a).GetName(), P(&b).GetName()) })
	return items
}

// Create implements client.Writer.
func (s *simulatedServer) Create(_ context.Context, o client.Object, _ ...client.CreateOption) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := storedAs(o)
	if s.objects[name] != nil {
		return apierrors.NewAlreadyExists(name.resource(), name.name)
	}
	if o.GetUID() == "" {
		o.SetUID(types.UID(fmt.Sprintf("uid-%d", s.version+1)))
	}
	s.store(name, o)
	return nil
}

// Update implements client.Writer. The status stays.
func (s *simulatedServer) Update(_ context.Context, o client.Object, _ ...client.UpdateOption) error {
	return s.replace(o, func(stored client.Object) {
		if object, has := o.(*v1alpha1.ExternalService); has {
			stored.(*v1alpha1.ExternalService).Status.DeepCopyInto(&object.Status)
		}
	})
}

// UpdateStatus replaces the status, and nothing else.
func (s *simulatedServer) UpdateStatus(o *v1alpha1.ExternalService) error {
	return s.replace(o, func(stored client.Object) {
		status := o.Status
		copyInto(o, stored)
		o.Status = status
	})
}

func (s *simulatedServer) replace(o client.Object, merge func(stored client.Object)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := storedAs(o)
	stored := s.objects[name]
	switch {
	case stored == nil:
		return apierrors.NewNotFound(name.resource(), name.name)
	case stored.GetResourceVersion() != o.GetResourceVersion():
		return apierrors.NewConflict(name.resource(), name.name, fmt.Errorf("it is at %s", stored.GetResourceVersion()))
	}
	merge(stored)
	s.store(name, o)
	return nil
}

// Delete implements client.Writer.
func (s *simulatedServer) Delete(_ context.Context, o client.Object, opts ...client.DeleteOption) error {
	var d client.DeleteOptions
	d.ApplyOptions(opts)
	s.mu.Lock()
	defer s.mu.Unlock()
	name := storedAs(o)
	stored := s.objects[name]
	switch {
	case stored == nil:
		return apierrors.NewNotFound(name.resource(), name.name)
	case d.Preconditions != nil && (*d.Preconditions.UID != stored.GetUID() || *d.Preconditions.ResourceVersion != stored.GetResourceVersion()):
		return apierrors.NewConflict(name.resource(), name.name, fmt.Errorf("it is %s at %s", stored.GetUID(), stored.GetResourceVersion()))
	}
	s.version++
	delete(s.objects, name)
	return nil
}

// store gives the object its next version, and keeps a copy.
func (s *simulatedServer) store(name simulatedName, o client.Object) {
	s.version++
	o.SetResourceVersion(strconv.Itoa(s.version))
	s.objects[name] = o.DeepCopyObject().(client.Object)
}
