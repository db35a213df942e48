package externalservice

import (
	"context"
	"fmt"
	"net/netip"
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/consistency"
	"github.com/external-endpoints/operator/probes/engine"
)

// The guards hold what a reconcile costs to allocations, which no load of the machine
// changes; the probing side has its own.
const (
	// mostAllocations a reconcile at rest may make beside those for its endpoints; it
	// makes 420, the copies that the cache hands out among them.
	mostAllocations = 600
	// mostAllocationsEach endpoint; it makes 36, a third of them to compare the status.
	mostAllocationsEach = 50
)

func TestAReconcileAtRestAllocatesLittle(t *testing.T) {
	few, many := allocationsAtRest(t, 10), allocationsAtRest(t, 100)
	each := (many - few) / 90
	rest := few - 10*each
	t.Logf("%.0f allocations with 10 hosts, %.0f with 100: %.1f for each, and %.0f", few, many, each, rest)
	if each > mostAllocationsEach {
		t.Errorf("%.1f allocations for each endpoint, at most %d are fine", each, mostAllocationsEach)
	}
	if rest > mostAllocations {
		t.Errorf("%.0f allocations beside those for endpoints, at most %d are fine", rest, mostAllocations)
	}
}

// allocationsAtRest is how much a reconcile allocates that finds nothing to do.
func allocationsAtRest(t *testing.T, hosts int) float64 {
	t.Helper()
	var list []v1alpha1.Host
	for n := range hosts {
		list = append(list, v1alpha1.Host{Address: netip.AddrFrom4([4]byte{198, 18, 0, byte(n)}).String()})
	}
	c := newCluster(t, object(withHosts(list...)))
	c.mustReconcile()
	v := c.engine.verdicts[engine.Key(orders)]
	for id := range v {
		v[id] = up(0)
	}
	c.mustReconcile()
	c.wantQuiet()

	informed := &informer{object: c.object(), service: read(c, &corev1.Service{}), endpoints: read(c, &corev1.Endpoints{})}
	informed.slices.Items = c.slices()
	c.r.cache, c.r.reader = informed, consistency.NewReader(informed, nil, c.tracker)
	c.wantQuiet()
	return testing.AllocsPerRun(20, func() { c.wantQuiet() })
}

// informer is a cache as the manager's is: it hands out copies, and lists what it has
// itself where that is asked for. The fake server's would cost more than the reconcile.
type informer struct {
	object    *v1alpha1.ExternalService
	service   *corev1.Service
	endpoints *corev1.Endpoints
	slices    discoveryv1.EndpointSliceList
}

func (i *informer) Get(_ context.Context, key client.ObjectKey, into client.Object, _ ...client.GetOption) error {
	switch into := into.(type) {
	case *v1alpha1.ExternalService:
		i.object.DeepCopyInto(into)
	case *corev1.Service:
		i.service.DeepCopyInto(into)
	case *corev1.Endpoints:
		i.endpoints.DeepCopyInto(into)
	default:
		return apierrors.NewNotFound(schema.GroupResource{Resource: fmt.Sprintf("%T", into)}, key.Name)
	}
	return nil
}

func (i *informer) List(_ context.Context, into client.ObjectList, _ ...client.ListOption) error {
	switch into := into.(type) {
	case *v1alpha1.ExternalServiceList:
		into.Items = []v1alpha1.ExternalService{*i.object}
	case *discoveryv1.EndpointSliceList:
		into.Items = append([]discoveryv1.EndpointSlice(nil), i.slices.Items...)
	}
	return nil
}
