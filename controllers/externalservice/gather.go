package externalservice

import (
	"context"
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/checks"
	"github.com/external-endpoints/operator/controllers/internal/desired"
	"github.com/external-endpoints/operator/controllers/internal/endpointslice"
	"github.com/external-endpoints/operator/controllers/internal/facts"
)

// foreignMirror reports whether a slice is the mirror of an Endpoints object.
func foreignMirror(slice *discoveryv1.EndpointSlice) bool {
	return slice.Labels[discoveryv1.LabelManagedBy] == "endpointslicemirroring-controller.k8s.io"
}

// gather reads all facts of a reconcile. It returns false if the object is gone.
//
// The informer cache, or one of several API servers, may be older than what the former leader
// saw, for each kind by a different amount. A stale spec would publish removed hosts again, and
// a stale Service may no longer be ours to publish for. So three cases read from the API server:
//
//   - the first reconcile of an object in this process, unless no former leader can have seen a
//     newer one (see recent),
//   - an object whose slices are about to be withdrawn,
//   - an object whose Service is missing: the object may be deleted too, with its event still
//     in flight, or the list of Services was incomplete. Only for a new object without a Service
//     the create request itself finds that out.
func (r *Reconciler) gather(ctx context.Context, name types.NamespacedName) (facts.Facts, desired.Acceptance, bool, error) {
	var s readOptions
	if m := r.memories.find(name); m != nil {
		s.noEndpoints = m.noEndpoints
	} else {
		var err error
		if s.newObject, err = r.recent(ctx, name); err != nil {
			return facts.Facts{}, desired.Acceptance{}, false, err
		}
		s.live = !s.newObject
	}
	f, found, err := r.observe(ctx, name, s)
	if err != nil || !found {
		return facts.Facts{}, desired.Acceptance{}, false, err
	}
	a := desired.Accept(f)
	doubtful := a.Withdraws(f) && f.Published() || f.Service == nil && !s.newObject
	if s.live || !doubtful {
		return f, a, true, nil
	}
	if f, found, err = r.observe(ctx, name, readOptions{live: true}); err != nil || !found {
		return facts.Facts{}, desired.Acceptance{}, false, err
	}
	return f, desired.Accept(f), true, nil
}

// readOptions is how far the cache is trusted in one look at an object.
type readOptions struct {
	// live: what decides whether there is anything to publish is read from the API server.
	live bool
	// newObject: no former leader can have seen a newer version than the cache has.
	newObject bool
	// noEndpoints: the API server had no Endpoints at the last read.
	noEndpoints bool
}

// recent reports whether no former leader can have seen a newer version of the object and of its
// Service than the cache has. The Service of a Managed object need not exist yet.
func (r *Reconciler) recent(ctx context.Context, name types.NamespacedName) (bool, error) {
	f := facts.Facts{Object: &v1alpha1.ExternalService{}}
	if found, err := r.reader.Get(ctx, name, f.Object); err != nil || !found || !r.reader.IsRecent(f.Object) {
		return false, err
	}
	service := &corev1.Service{}
	switch found, err := r.reader.Get(ctx, f.ServiceKey(), service); {
	case err != nil:
		return false, err
	case !found:
		return f.Managed(), nil
	default:
		return r.reader.IsRecent(service), nil
	}
}

// observe does all the reading of one reconcile. false: the object is gone.
func (r *Reconciler) observe(ctx context.Context, name types.NamespacedName, s readOptions) (facts.Facts, bool, error) {
	f := facts.Facts{Object: &v1alpha1.ExternalService{}}
	read := r.reader.Get
	if s.live {
		read = r.reader.GetLive
	}
	found, err := read(ctx, name, f.Object)
	if err != nil || !found {
		return facts.Facts{}, false, err
	}
	f.WriteEndpoints = r.writeEndpoints && f.Object.Spec.Publish.WritesEndpoints()
	service := &corev1.Service{}
	switch found, err := read(ctx, f.ServiceKey(), service); {
	case err != nil:
		return facts.Facts{}, false, err
	case found:
		f.Service = service
	}
	f.PortNames = desired.PortNamesOf(f.Object, f.Service)
	all, err := r.reader.Slices(ctx, f.ServiceKey())
	if err != nil {
		return facts.Facts{}, false, err
	}
	f.Slices, f.Foreign = sortSlices(all, f)
	if f.References, err = r.findReferents(ctx, f.Object); err != nil {
		return facts.Facts{}, false, err
	}
	if f.Rival, err = r.findRival(ctx, f, all); err != nil {
		return facts.Facts{}, false, err
	}
	if f.Rival != nil && s.live {
		if err := r.confirm(ctx, f.Rival); err != nil {
			return facts.Facts{}, false, err
		}
	}
	none := f.Managed() && (s.noEndpoints || s.newObject && f.Service == nil) && !slices.ContainsFunc(all, foreignMirror)
	if f.Endpoints, err = r.findEndpoints(ctx, f, none); err != nil {
		return facts.Facts{}, false, err
	}
	return f, true, nil
}

// findRival returns the oldest other ExternalService that claims the same Service and is older
// than the object.
//
// An object in mode Observe claims nothing: an object that promises to change nothing must not
// stop another one from publishing. This holds whether it is the older one or one that a backup
// restored. As long as slices of its own are left, however, it keeps its claim: nothing updates
// those slices, and beside them the other object would publish only half of the endpoints. When
// it publishes again, age decides again.
//
// The same holds for an object with a deletionTimestamp that waits for a finalizer: it keeps its
// claim as long as slices of its own are left, because their hosts still get traffic.
func (r *Reconciler) findRival(ctx context.Context, f facts.Facts, all []*discoveryv1.EndpointSlice) (*v1alpha1.ExternalService, error) {
	var claims v1alpha1.ExternalServiceList
	err := r.cache.List(ctx, &claims, client.InNamespace(f.Object.Namespace),
		client.MatchingFields{claimIndex: f.ServiceKey().Name}, client.UnsafeDisableDeepCopy)
	if err != nil {
		return nil, fmt.Errorf("list ExternalServices of Service %s: %w", f.ServiceKey(), err)
	}
	oldest := f.Object
	for i := range claims.Items {
		if claim := &claims.Items[i]; createdBefore(claim, oldest) && holds(claim, all) {
			oldest = claim
		}
	}
	if oldest.UID == f.Object.UID {
		return nil, nil
	}
	return oldest, nil
}

// confirm returns an error when a rival of the cache is not there any more, or claims
// something else: the cache will say so soon, and until then nothing is decided.
func (r *Reconciler) confirm(ctx context.Context, rival *v1alpha1.ExternalService) error {
	current := &v1alpha1.ExternalService{}
	found, err := r.reader.GetLive(ctx, client.ObjectKeyFromObject(rival), current)
	if err != nil {
		return err
	}
	if !found || current.UID != rival.UID || current.EffectiveServiceName() != rival.EffectiveServiceName() {
		return fmt.Errorf("ExternalService %s has changed since the cache was filled", client.ObjectKeyFromObject(rival))
	}
	return nil
}

// holds reports whether an ExternalService holds the claim that its spec makes, by
// the slices of the Service.
func holds(claim *v1alpha1.ExternalService, all []*discoveryv1.EndpointSlice) bool {
	return !claim.Spec.Observes() && claim.DeletionTimestamp == nil || slices.ContainsFunc(all, func(slice *discoveryv1.EndpointSlice) bool {
		return metav1.IsControlledBy(slice, claim)
	})
}

// createdBefore orders claims: by creation, then by name, which no two of them share.
func createdBefore(a, b *v1alpha1.ExternalService) bool {
	if a.CreationTimestamp.Equal(&b.CreationTimestamp) {
		return a.Name < b.Name
	}
	return a.CreationTimestamp.Before(&b.CreationTimestamp)
}

// findEndpoints returns the Service's v1 Endpoints, or nil. The cache holds only ours. Endpoints
// of another writer are read live, to take them over or to release them: the cache does not
// show one of ours that lost its label, and our owner reference on it would have it deleted with
// the ExternalService.
//
// none: there can be none. For a Service that we create, or that is ours and had none, the live
// read is skipped until we create them; if some exist by then, the create request fails with
// AlreadyExists. No other writer makes Endpoints for such a Service, and a mirrored slice would
// show them.
func (r *Reconciler) findEndpoints(ctx context.Context, f facts.Facts, none bool) (*corev1.Endpoints, error) {
	endpoints := &corev1.Endpoints{}
	found, err := r.reader.Get(ctx, f.ServiceKey(), endpoints)
	if err == nil && !found && !none && (f.WriteEndpoints || !f.Settled()) {
		found, err = r.reader.GetLive(ctx, f.ServiceKey(), endpoints)
	}
	if err != nil || !found || !f.WriteEndpoints && !endpointslice.Owned(endpoints, f.Object.UID) {
		return nil, err
	}
	return endpoints, nil
}

// findReferents reads what the checks refer to. The cache has the labelled ones
// only, so that an object without the label is one that is not there.
func (r *Reconciler) findReferents(ctx context.Context, object *v1alpha1.ExternalService) (checks.References, error) {
	found := checks.References{Followed: r.followReferences, Data: map[checks.Reference]map[string]string{}}
	if !found.Followed {
		return found, nil
	}
	for _, ref := range checks.ReferencesOf(object.Spec) {
		content, err := r.readReferent(ctx, types.NamespacedName{Namespace: object.Namespace, Name: ref.Name}, ref.Kind)
		switch {
		case apierrors.IsNotFound(err):
		case err != nil:
			return checks.References{}, fmt.Errorf("read %s: %w", ref, err)
		default:
			found.Data[ref] = content
		}
	}
	return found, nil
}

// readReferent returns what a Secret or ConfigMap holds.
func (r *Reconciler) readReferent(ctx context.Context, name types.NamespacedName, kind string) (map[string]string, error) {
	content := map[string]string{}
	if kind == checks.KindSecret {
		secret := &corev1.Secret{}
		err := r.cache.Get(ctx, name, secret)
		for key, value := range secret.Data {
			content[key] = string(value)
		}
		return content, err
	}
	configMap := &corev1.ConfigMap{}
	err := r.cache.Get(ctx, name, configMap)
	for key, value := range configMap.BinaryData {
		content[key] = string(value)
	}
	maps.Copy(content, configMap.Data)
	return content, err
}

// sortSlices separates our slices from those of other writers that hold endpoints. Mirrors of an
// Endpoints object that is ours do not count as foreign: Kubernetes deletes them when that
// object says so.
func sortSlices(all []*discoveryv1.EndpointSlice, f facts.Facts) (ours, foreign []*discoveryv1.EndpointSlice) {
	for _, slice := range all {
		switch {
		case endpointslice.Owned(slice, f.Object.UID):
			ours = append(ours, slice)
		case endpointslice.IsOurs(slice), len(slice.Endpoints) == 0:
		case foreignMirror(slice) && f.WriteEndpoints:
		default:
			foreign = append(foreign, slice)
		}
	}
	return ours, foreign
}
