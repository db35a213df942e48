package externalservice

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/facts"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
)

// targetClaim is what one ExternalService wants of the targets of its namespace.
type targetClaim struct {
	name    string
	created time.Time
	// targets are those of the whole spec; inUse are those that are looked after even
	// while the object is over the limit.
	targets, inUse int
}

// overLimit returns the claims that do not fit, by name. The oldest object goes first, by
// creation and then by name, so that a new object never takes the place of an older one.
func overLimit(claims []targetClaim, limit int) map[string]bool {
	sorted := slices.SortedFunc(slices.Values(claims), func(a, b targetClaim) int {
		return cmp.Or(a.created.Compare(b.created), cmp.Compare(a.name, b.name))
	})
	over, used := map[string]bool{}, 0
	for _, c := range sorted {
		if used+c.targets <= limit {
			used += c.targets
			continue
		}
		over[c.name] = true
		used += c.inUse
	}
	return over
}

// targetLimits has the claims of all namespaces.
type targetLimits struct {
	// limit is that of each namespace; 0: there is none.
	limit int

	mu         sync.Mutex
	namespaces map[string]*namespaceClaims
}

type namespaceClaims struct {
	claims map[string]targetClaim
	over   map[string]bool
}

func newTargetLimits(limit int) *targetLimits {
	return &targetLimits{limit: limit, namespaces: map[string]*namespaceClaims{}}
}

// set replaces the claim of an object, and reports whether the object is over the limit.
// changed are the other objects for which the answer is another than before.
func (l *targetLimits) set(namespace string, c targetClaim) (over bool, changed []types.NamespacedName) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := l.namespaces[namespace]
	if n == nil {
		n = &namespaceClaims{claims: map[string]targetClaim{}}
		l.namespaces[namespace] = n
	}
	n.claims[c.name] = c
	changed = n.decide(namespace, l.limit)
	return n.over[c.name], slices.DeleteFunc(changed, func(name types.NamespacedName) bool { return name.Name == c.name })
}

// remove ends the claim of an object that is not probed any more.
func (l *targetLimits) remove(name types.NamespacedName) (changed []types.NamespacedName) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := l.namespaces[name.Namespace]
	if n == nil {
		return nil
	}
	delete(n.claims, name.Name)
	if len(n.claims) == 0 {
		delete(l.namespaces, name.Namespace)
		return nil
	}
	changed = n.decide(name.Namespace, l.limit)
	return slices.DeleteFunc(changed, func(other types.NamespacedName) bool { return other == name })
}

// decide finds the objects that are over the limit, and returns those that were not
// before, and those that are no longer.
func (n *namespaceClaims) decide(namespace string, limit int) (changed []types.NamespacedName) {
	all := make([]targetClaim, 0, len(n.claims))
	total := 0
	for _, c := range n.claims {
		all = append(all, c)
		total += c.targets
	}
	before := n.over
	n.over = nil
	if total > limit {
		n.over = overLimit(all, limit)
	}
	for name := range n.over {
		if !before[name] {
			changed = append(changed, types.NamespacedName{Namespace: namespace, Name: name})
		}
	}
	for name := range before {
		if _, claims := n.claims[name]; claims && !n.over[name] {
			changed = append(changed, types.NamespacedName{Namespace: namespace, Name: name})
		}
	}
	return changed
}

// knows reports whether the namespace has claims already.
func (l *targetLimits) knows(namespace string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.namespaces[namespace] != nil
}

// enforceLimits leaves in the layout what may be looked after, and says in it which limit
// the spec exceeds. Beyond a limit only the hosts and ports stay that were there before:
// those may have traffic, and must go on being probed.
func (r *Reconciler) enforceLimits(ctx context.Context, f facts.Facts, m *memory, l *hosts.Layout) {
	inUse := m.InUse(l.Endpoints)
	if n := hosts.SliceGroups(l.Endpoints); n > hosts.MaxSliceGroups {
		l.Exceeded = fmt.Sprintf("the hosts need %d groups of EndpointSlices, one for each address family, list of ports and health check; "+
			"there must be at most %d: give hosts the same ports", n, hosts.MaxSliceGroups)
	}
	claim := targetClaim{
		name: f.Object.Name, created: f.Object.CreationTimestamp.Time, targets: hosts.Targets(l.Endpoints), inUse: hosts.Targets(inUse),
	}
	if l.Exceeded != "" {
		claim.targets = claim.inUse // it gets no more whatever the namespace has
	}
	if r.overTargetLimit(ctx, f, claim) && l.Exceeded == "" {
		l.Exceeded = fmt.Sprintf("the spec has %d targets, and with those of older ExternalServices namespace %s would have more than %d; "+
			"use fewer hosts or ports, or raise --max-targets-per-namespace", claim.targets, f.Object.Namespace, r.limits.limit)
	}
	if l.Exceeded != "" {
		l.Endpoints = inUse
	}
}

// overTargetLimit reports whether the object is over the limit of its namespace, and has
// the objects reconciled for which that changes.
func (r *Reconciler) overTargetLimit(ctx context.Context, f facts.Facts, c targetClaim) bool {
	if r.limits.limit == 0 {
		return false
	}
	if !r.limits.knows(f.Object.Namespace) {
		// A new process sees objects in any order: a younger one must not take the place of an older one.
		r.claimForAll(ctx, f.Object.Namespace)
	}
	over, changed := r.limits.set(f.Object.Namespace, c)
	r.enqueueAll(changed)
	return over
}

// claimForAll notes what the specs of a namespace want, until each object is reconciled.
func (r *Reconciler) claimForAll(ctx context.Context, namespace string) {
	var list v1alpha1.ExternalServiceList
	if err := r.cache.List(ctx, &list, client.InNamespace(namespace), client.UnsafeDisableDeepCopy); err != nil {
		// Only a stopped cache fails to list, and then nothing is reconciled either.
		log.FromContext(ctx).Error(err, "Cannot list the ExternalServices of a namespace", "namespace", namespace)
		return
	}
	for i := range list.Items {
		o := &list.Items[i]
		r.limits.set(namespace, targetClaim{name: o.Name, created: o.CreationTimestamp.Time, targets: len(o.Spec.Hosts) * len(o.Spec.Ports)})
	}
}

// releaseTargets ends the claim of an object, and has those reconciled that fit now.
func (r *Reconciler) releaseTargets(name types.NamespacedName) {
	r.enqueueAll(r.limits.remove(name))
}

func (r *Reconciler) enqueueAll(names []types.NamespacedName) {
	for _, name := range names {
		r.requeue.enqueue(reconcile.Request{NamespacedName: name}, 0)
	}
}
