package consistency

import (
	"context"
	"fmt"

	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/controllers/internal/endpointslice"
)

// SliceServiceIndex is the cache index of EndpointSlices by the Service they belong to.
const SliceServiceIndex = "serviceName"

// SliceService is the index function of [SliceServiceIndex]: the Service in the label, and the one
// that a slice of ours was made for. They differ after another client edited the label; its owner
// must still find the slice.
func SliceService(object client.Object) []string {
	services := []string{object.GetLabels()[discoveryv1.LabelServiceName]}
	if made := endpointslice.MadeFor(object); made != "" && made != services[0] {
		services = append(services, made)
	}
	return services
}

// Reader reads from the cache, and from the API server while the cache is older
// than our own writes. What it returns may be shared and must not be changed.
type Reader struct {
	cached, live client.Reader
	tracker      *Tracker
}

// NewReader returns a Reader over a cache and the API server.
func NewReader(cached, live client.Reader, tracker *Tracker) *Reader {
	return &Reader{cached: cached, live: live, tracker: tracker}
}

// Get fills the object of that name and reports whether there is one.
func (r *Reader) Get(ctx context.Context, name types.NamespacedName, object client.Object) (found bool, err error) {
	found, err = get(ctx, r.cached, name, object)
	if err != nil {
		return false, err
	}
	s := scope{kind: resourceOf(object), namespace: name.Namespace, name: name.Name}
	if r.tracker.isFresh(s, present(found, object)) {
		return found, nil
	}
	return r.GetLive(ctx, name, object)
}

// GetLive is Get straight from the API server: for decisions that an incomplete
// cache must not take.
func (r *Reader) GetLive(ctx context.Context, name types.NamespacedName, object client.Object) (found bool, err error) {
	found, err = get(ctx, r.live, name, object)
	if err != nil {
		return false, err
	}
	s := scope{kind: resourceOf(object), namespace: name.Namespace, name: name.Name}
	r.tracker.observeLive(s, present(found, object))
	return found, nil
}

// IsRecent reports whether an object is in a state that the API server had after this
// process began to write: no predecessor has seen a newer one.
func (r *Reader) IsRecent(object client.Object) bool { return r.tracker.since(object) }

// Slices returns every EndpointSlice of the Service, of all writers. Foreign ones may have only
// their metadata.
func (r *Reader) Slices(ctx context.Context, service types.NamespacedName) ([]*discoveryv1.EndpointSlice, error) {
	var list discoveryv1.EndpointSliceList
	err := r.cached.List(ctx, &list, client.InNamespace(service.Namespace),
		client.MatchingFields{SliceServiceIndex: service.Name}, client.UnsafeDisableDeepCopy)
	if err != nil {
		return nil, fmt.Errorf("list EndpointSlices of Service %s: %w", service, err)
	}
	s := scope{kind: resourceOf(&discoveryv1.EndpointSlice{}), namespace: service.Namespace, name: service.Name}
	if r.tracker.isFresh(s, byName(list.Items)) {
		return pointers(list.Items), nil
	}
	live, err := r.liveSlices(ctx, service, list.Items)
	if err != nil {
		return nil, fmt.Errorf("list EndpointSlices of Service %s: %w", service, err)
	}
	r.tracker.observeLive(s, byName(live))
	return pointers(live), nil
}

// liveSlices reads from the API server. The label selector does not find our slices with another
// label, so those are read by the names that the cache has.
func (r *Reader) liveSlices(ctx context.Context, service types.NamespacedName, cached []discoveryv1.EndpointSlice,
) ([]discoveryv1.EndpointSlice, error) {
	var list discoveryv1.EndpointSliceList
	err := r.live.List(ctx, &list, client.InNamespace(service.Namespace),
		client.MatchingLabels{discoveryv1.LabelServiceName: service.Name})
	if err != nil {
		return nil, err
	}
	listed := byName(list.Items)
	for i := range cached {
		if cached[i].Labels[discoveryv1.LabelServiceName] == service.Name || listed[cached[i].Name] != nil {
			continue
		}
		var stray discoveryv1.EndpointSlice
		found, err := get(ctx, r.live, client.ObjectKeyFromObject(&cached[i]), &stray)
		if err != nil {
			return nil, err
		}
		if found {
			list.Items = append(list.Items, stray)
		}
	}
	return list.Items, nil
}

func get(ctx context.Context, from client.Reader, name types.NamespacedName, object client.Object) (bool, error) {
	err := from.Get(ctx, name, object)
	switch {
	case apierrors.IsNotFound(err):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("read %s %s: %w", resourceOf(object), name, err)
	default:
		return true, nil
	}
}

func present(found bool, object client.Object) map[string]client.Object {
	if !found {
		return nil
	}
	return map[string]client.Object{object.GetName(): object}
}

func byName(items []discoveryv1.EndpointSlice) map[string]client.Object {
	named := make(map[string]client.Object, len(items))
	for i := range items {
		named[items[i].Name] = &items[i]
	}
	return named
}

func pointers(items []discoveryv1.EndpointSlice) []*discoveryv1.EndpointSlice {
	p := make([]*discoveryv1.EndpointSlice, len(items))
	for i := range items {
		p[i] = &items[i]
	}
	return p
}
