package externalservice

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/consistency"
	"github.com/external-endpoints/operator/controllers/internal/desired"
	"github.com/external-endpoints/operator/probes/engine"
)

// counted counts what the API server is asked for past the cache, by kind.
type counted struct {
	client.Reader
	gets map[string]int
}

func (c *counted) Get(ctx context.Context, key client.ObjectKey, o client.Object, opts ...client.GetOption) error {
	c.gets[strings.TrimLeft(fmt.Sprintf("%T", o), "*v1alph.")]++
	return c.Reader.Get(ctx, key, o, opts...)
}

// asked has the cluster's reads past the cache counted from here on.
func (c *cluster) asked() *counted {
	live := &counted{Reader: c.server, gets: map[string]int{}}
	c.r.reader = consistency.NewReader(c.cached, live, c.tracker)
	return live
}

func TestEndpointsOfANewServiceAreLookedForOnce(t *testing.T) {
	c := newCluster(t, object())
	live := c.asked()
	for n := range 3 { // verdicts come one by one
		c.mustReconcile()
		c.engine.verdicts[engine.Key(orders)][id(n+1)] = down(0)
	}
	if n := live.gets["Endpoints"]; n != 1 {
		t.Errorf("they were asked for %d times", n)
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

// Where Kubernetes mirrors them it need not come to that.
func TestEndpointsThatAreMirroredAreLookedFor(t *testing.T) {
	c := newCluster(t, object())
	c.mustReconcile()
	endpoints, mirror := byHand("203.0.113.77")
	for _, o := range []client.Object{endpoints, mirror} {
		if err := c.server.Create(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	c.engine.verdicts[engine.Key(orders)][id(1)] = up(0)
	c.wantWrites(c.mustReconcile(), createSlice, updateEndpoints, updateStatus)
}

// What a predecessor may have seen more of than the cache shows is looked at in the API
// server. Of what came after this process began to write, no predecessor has.
func TestTheFirstLookAtAnObject(t *testing.T) {
	const before, after = "5000", "9000"
	version := func(v string) func(*v1alpha1.ExternalService) {
		return func(o *v1alpha1.ExternalService) { o.Name, o.UID, o.ResourceVersion = "second", "xsvc-2", v }
	}
	service := func(v string) *corev1.Service {
		s := somebodysService(corev1.ServicePort{Name: "pg", Port: 5432})
		s.Name, s.ResourceVersion = "second", v
		return s
	}
	everything := map[string]int{"ExternalService": 1, "Service": 1, "Endpoints": 1}
	tests := []struct {
		name    string
		object  *v1alpha1.ExternalService
		service *corev1.Service // nil: there is none
		want    map[string]int
	}{
		{"one from before", object(version(before)), nil, everything},
		{"a new one", object(version(after)), nil, map[string]int{}},
		{"a new one on a Service from before", object(version(after), existing), service(before), everything},
		{"a new one on a new Service", object(version(after), existing), service(after), map[string]int{"Endpoints": 1}},
		{"one from before on a new Service", object(version(before), existing), service(after), everything},
		{"a new one on a Service that is not there", object(version(after), existing), nil, everything},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			orphan := somebodysService()
			orphan.ResourceVersion, orphan.Labels = "8000", map[string]string{desired.ManagedByLabel: v1alpha1.ManagedBy}
			first := object()
			first.ResourceVersion = "8000"
			there := []client.Object{first, orphan, tt.object}
			if tt.service != nil {
				there = append(there, tt.service)
			}
			c := newCluster(t, there...)
			c.mustReconcile() // it has written both kinds
			live := c.asked()
			if _, err := c.reconcileNamed(client.ObjectKeyFromObject(tt.object)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, live.gets); diff != "" {
				t.Errorf("it asked for (-want +got):\n%s", diff)
			}
		})
	}
}

// A new object may come to a cache that does not show yet that its Service is somebody's.
func TestThatAServiceIsTakenIsFoundOutByItsCreation(t *testing.T) {
	second := object(func(o *v1alpha1.ExternalService) { o.Name, o.UID, o.ResourceVersion = "second", "xsvc-2", "9000" })
	name := client.ObjectKeyFromObject(second)
	c := newCluster(t, object(), second)
	c.mustReconcile()
	c.cached.Reader = fakeServer(second.DeepCopy()) // without Services
	taken := somebodysService()
	taken.Name = second.Name
	if err := c.server.Create(t.Context(), taken); err != nil {
		t.Fatal(err)
	}
	if _, err := c.reconcileNamed(name); !apierrors.IsAlreadyExists(err) {
		t.Fatalf("got %v, want to be told that there is one", err)
	}
	if _, err := c.reconcileNamed(name); err != nil {
		t.Fatal(err)
	}
	c.wantWrites(c.writes, updateStatus)
	got := &v1alpha1.ExternalService{}
	if err := c.server.Get(t.Context(), name, got); err != nil {
		t.Fatal(err)
	}
	if accepted := meta.FindStatusCondition(got.Status.Conditions, v1alpha1.ConditionAccepted); accepted == nil || accepted.Reason != v1alpha1.ReasonServiceConflict {
		t.Errorf("Accepted is %+v", accepted)
	}
}
