package externalservice

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/checks"
	"github.com/external-endpoints/operator/controllers/internal/desired"
	"github.com/external-endpoints/operator/controllers/internal/failover"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/probes/addresspolicy"
	"github.com/external-endpoints/operator/probes/addresspolicy/addresstest"
)

func TestABellWakesEverybodyAfterThoseWhoAreInAHurry(t *testing.T) {
	named := func(namespace, name string) *v1alpha1.ExternalService {
		return object(func(o *v1alpha1.ExternalService) { o.Namespace, o.Name = namespace, name })
	}
	c := newCluster(t, named("shop", "a"), named("shop", "b"), named("web", "a"))
	bell := NewBroadcastSource()
	bell.EnqueueAll()
	bell.EnqueueAll() // before anybody listens: it neither blocks nor is it lost
	queue := priorityqueue.New[reconcile.Request]("bell")
	defer queue.ShutDown()
	if err := bell.source(c.cached).Start(t.Context(), queue); err != nil {
		t.Fatal(err)
	}
	for round := range 2 {
		woken := map[string]int{}
		for range 3 {
			request, priority, _ := queue.GetWithPriority()
			woken[request.String()] = priority
			queue.Done(request)
		}
		if diff := cmp.Diff(map[string]int{"shop/a": -100, "shop/b": -100, "web/a": -100}, woken); diff != "" {
			t.Errorf("ring %d woke, with priority (-want +got):\n%s", round, diff)
		}
		bell.EnqueueAll()
	}
}

func TestABellWakesAQueueWithoutPriorities(t *testing.T) {
	c := newCluster(t, object())
	queue := workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[reconcile.Request]())
	defer queue.ShutDown()
	bell := NewBroadcastSource()
	if err := bell.source(c.cached).Start(t.Context(), queue); err != nil {
		t.Fatal(err)
	}
	bell.EnqueueAll()
	if request, _ := queue.Get(); request.NamespacedName != orders {
		t.Errorf("it wakes %s", request)
	}
}

// A node may join at the address of somebody's outside host. Nothing holds a
// denied host in, not even that it was the last one.
func TestAHostThatBecomesDeniedGoesOutAtOnceAndComesBack(t *testing.T) {
	c := allUp(t, object())
	policy := addresspolicy.NewLive(addresspolicy.Policy{})
	c.r.policy = policy.Check
	c.wantQuiet()

	policy.Set(addresspolicy.Policy{}.WithCluster([]netip.Prefix{
		netip.PrefixFrom(address(1), 32), netip.PrefixFrom(address(2), 32), netip.PrefixFrom(address(3), 32),
	}))
	c.mustReconcile()
	if got := c.serving(); len(got) != 0 {
		t.Errorf("serving while all are denied: %v", got)
	}
	if got := c.object().Status.Endpoints[0]; got.State != v1alpha1.EndpointDenied || got.Reason != "AddressDenied" || got.Published {
		t.Errorf("the status says %+v", got)
	}
	for _, slice := range c.slices() {
		if len(slice.Endpoints) > 0 {
			t.Errorf("denied hosts are in slice %s: %v", slice.Name, slice.Endpoints)
		}
	}

	policy.Set(addresspolicy.Policy{}.WithCluster([]netip.Prefix{netip.PrefixFrom(address(1), 32)}))
	c.judged(hosts.Verdicts{id(2): up(0), id(3): up(0)})
	if diff := cmp.Diff([]string{address(2).String(), address(3).String()}, c.serving()); diff != "" {
		t.Errorf("serving again (-want +got):\n%s", diff)
	}
}

// The publisher asks the same policy as everybody: a denied address is in no slice
// and in no plan of the engine, an allowed one is in both.
func TestWhatThePolicyDeniesIsNeitherProbedNorPublished(t *testing.T) {
	for _, vector := range append(addresstest.Vectors, addresstest.ClusterVectors...) {
		t.Run("an address that is "+vector.Sentence, func(t *testing.T) {
			o := object(withHosts(v1alpha1.Host{Address: vector.Address}), removing)
			policy := addresstest.Policy()
			l := hosts.Endpoints(o.Spec, nil, policy.Check, checks.References{}, hosts.Names{})
			if len(l.Endpoints) != 1 {
				t.Fatalf("laid out as %+v", l)
			}
			v := hosts.Verdicts{l.Endpoints[0].ID: up(0)}
			m := newMemory()
			m.Published[l.Endpoints[0].ID] = true // it was allowed before
			d := failover.Rules{}.Decide(l.Endpoints, v, m.Previous)
			published := desired.Compose(factsOf(o), l.Endpoints, v, d, m.Acknowledged)
			probed := hosts.Plan(keyOf(factsOf(o)), l.Endpoints, o.Spec.FailurePolicy, len(m.Outage) > 0, m.Verdicts, time.Second, at(0)).Members
			want := 1
			if vector.Denied() {
				want = 0
			}
			if len(published) != want || len(probed) != want {
				t.Errorf("%s: %d published and %d probed, want %d", vector.Address, len(published), len(probed), want)
			}
		})
	}
}
