package externalservice

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/controllers/internal/apply"
	"github.com/external-endpoints/operator/probes/engine"
)

// counted counts who asks the API server for Endpoints past the cache.
type counted struct {
	client.Reader
	endpoints int
}

func (c *counted) Get(ctx context.Context, key client.ObjectKey, o client.Object, opts ...client.GetOption) error {
	if _, is := o.(*corev1.Endpoints); is {
		c.endpoints++
	}
	return c.Reader.Get(ctx, key, o, opts...)
}

// asked has the cluster's reads past the cache counted from here on.
func (c *cluster) asked() *counted {
	live := &counted{Reader: c.server}
	c.r.reader = apply.NewReader(c.cached, live, c.ledger)
	return live
}

func TestEndpointsOfANewServiceAreLookedForOnce(t *testing.T) {
	c := newCluster(t, object())
	live := c.asked()
	for n := range 3 { // verdicts come one by one
		c.mustReconcile()
		c.engine.verdicts[engine.Key(orders)][id(n+1)] = down(0)
	}
	if live.endpoints != 1 {
		t.Errorf("they were asked for %d times", live.endpoints)
	}
}

// Nobody writes Endpoints for a Service of ours. Who does all the same is found out by
// the API server, which has no two of a name.
func TestEndpointsThatSomebodyWroteMeanwhileAreTakenOver(t *testing.T) {
	c := newCluster(t, object())
	c.mustReconcile()
	endpoints, _ := byHand("203.0.113.77")
	if err := c.server.Create(t.Context(), endpoints); err != nil {
		t.Fatal(err)
	}
	c.engine.verdicts[engine.Key(orders)][id(1)] = up(0)
	if _, err := c.reconcile(); !apierrors.IsAlreadyExists(err) {
		t.Fatalf("got %v, want to be told that there are some", err)
	}
	c.writes = nil
	c.wantWrites(c.mustReconcile(), updateEndpoints, updateStatus)
	got := read(c, &corev1.Endpoints{}).Subsets[0].Addresses
	if diff := cmp.Diff([]corev1.EndpointAddress{{IP: "203.0.113.1"}}, got); diff != "" {
		t.Errorf("they list (-want +got):\n%s", diff)
	}
	c.wantQuiet()
}
