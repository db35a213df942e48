package externalservice

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/apply"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/resolve"
)

// crews are many objects, and both controllers' workers and queues, at an API server
// whose writes take what a test makes them take.
type crews struct {
	t        *testing.T
	server   *simulatedServer
	verdicts *lockedEngine
	r        *Reconciler
	teller   *teller
	queue    priorityqueue.PriorityQueue[reconcile.Request]
	tells    priorityqueue.PriorityQueue[reconcile.Request]
	// take is called for each write before it is done.
	take func(write string, name string)

	mu     sync.Mutex
	writes []string
}

// lockedEngine is a fakeEngine for several workers.
type lockedEngine struct {
	mu sync.Mutex
	fakeEngine
}

func (e *lockedEngine) Apply(plan engine.Plan) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.fakeEngine.Apply(plan)
}

func (e *lockedEngine) Verdicts(key engine.Key) verdicts {
	e.mu.Lock()
	defer e.mu.Unlock()
	copied := verdicts{}
	for id, v := range e.verdicts[key] {
		copied[id] = v
	}
	return copied
}

// noNames is a Resolver for objects without names.
type noNames struct{}

func (noNames) Apply(engine.Key, []resolve.Question)         {}
func (noNames) Forget(engine.Key)                            {}
func (noNames) Answers(engine.Key) map[string]resolve.Answer { return nil }
func (noNames) Drop(engine.Key, string, []resolve.Record)    {}

// judge has one host of an object be down since n seconds past ten, and the others be up.
func (e *lockedEngine) judge(key types.NamespacedName, host, n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	v := e.verdicts[engine.Key(key)]
	for other := range 3 {
		v[id(other+1)] = up(n + 10)
	}
	v[id(host)] = down(n)
}

func numbered(n int) types.NamespacedName {
	return types.NamespacedName{Namespace: orders.Namespace, Name: fmt.Sprint("service-", n)}
}

// newCrews has so many objects published and told of, and both controllers' workers
// wait for more.
func newCrews(t *testing.T, objects int) *crews {
	c := &crews{
		t: t, server: newSimulatedServer(), take: func(string, string) {},
		verdicts: &lockedEngine{fakeEngine: fakeEngine{verdicts: map[engine.Key]verdicts{}}},
		queue:    priorityqueue.New[reconcile.Request]("moves"), tells: priorityqueue.New[reconcile.Request]("tells"),
	}
	cached, ledger := &cachedReader{Reader: c.server, server: c.server}, apply.NewLedger()
	c.r = &Reconciler{
		cache: cached, reader: apply.NewReader(cached, c.server, ledger), writer: apply.NewWriter(c.client(), ledger, nil),
		engine: c.verdicts, resolver: noNames{}, policy: anybody, memories: newMemories(), metrics: newMetrics(nil),
		events: emitter{&events.FakeRecorder{}}, desk: newDesk(), writeEndpoints: true,
	}
	c.teller = newTeller(c.r)
	if err := errors.Join(c.teller.again.Start(t.Context(), c.queue), c.r.desk.wake.Start(t.Context(), c.tells)); err != nil {
		t.Fatal(err)
	}
	for n := range objects {
		o := object(func(o *v1alpha1.ExternalService) {
			o.Name, o.UID = numbered(n).Name, types.UID(numbered(n).Name)
			o.Spec.HealthCheck.InitialState = v1alpha1.InitialHealthy
		})
		if err := c.server.Create(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		c.wake(n)
	}
	var ended sync.WaitGroup
	c.work(&ended, workers, c.queue, c.r)
	c.work(&ended, tellers, c.tells, c.teller)
	t.Cleanup(func() { c.queue.ShutDown(); c.tells.ShutDown(); ended.Wait() })
	synctest.Wait()
	c.written()
	return c
}

func (c *crews) wake(n int) { c.queue.Add(reconcile.Request{NamespacedName: numbered(n)}) }

// work is what controller-runtime does with a controller's queue.
func (c *crews) work(ended *sync.WaitGroup, many int, queue workqueue.TypedRateLimitingInterface[reconcile.Request], r reconcile.Reconciler) {
	for range many {
		ended.Go(func() {
			for {
				request, shutdown := queue.Get()
				if shutdown {
					return
				}
				if _, err := r.Reconcile(context.Background(), request); err != nil && !errors.Is(err, reconcile.TerminalError(nil)) {
					queue.AddRateLimited(request)
				} else {
					queue.Forget(request)
				}
				queue.Done(request)
			}
		})
	}
}

// client records writes as they arrive, "slice of service-3".
func (c *crews) client() client.WithWatch {
	do := func(what string, o client.Object, write func() error) error {
		name := strings.TrimSpace(o.GetName())
		switch object := o.(type) {
		case *discoveryv1.EndpointSlice:
			what, name = "slice", object.Labels[discoveryv1.LabelServiceName]
		case *corev1.Service:
			*object = *defaulted(object)
			what = "Service"
		case *corev1.Endpoints:
			what = "Endpoints"
		}
		c.take(what, name)
		c.mu.Lock()
		c.writes = append(c.writes, what+" of "+name)
		c.mu.Unlock()
		return write()
	}
	return interceptor.NewClient(c.server, interceptor.Funcs{
		Create: func(ctx context.Context, w client.WithWatch, o client.Object, opts ...client.CreateOption) error {
			return do("", o, func() error { return w.Create(ctx, o, opts...) })
		},
		Update: func(ctx context.Context, w client.WithWatch, o client.Object, opts ...client.UpdateOption) error {
			return do("", o, func() error { return w.Update(ctx, o, opts...) })
		},
		SubResourceUpdate: func(_ context.Context, _ client.Client, _ string, o client.Object, _ ...client.SubResourceUpdateOption) error {
			return do("status", o, func() error { return c.server.UpdateStatus(o.(*v1alpha1.ExternalService)) })
		},
	})
}

// written is what has been written since it was asked last.
func (c *crews) written() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	writes := c.writes
	c.writes = nil
	return writes
}

// only are those writes that are about one object.
func only(writes []string, name types.NamespacedName) []string {
	var some []string
	for _, w := range writes {
		if what, is := strings.CutSuffix(w, " of "+name.Name); is {
			some = append(some, what)
		}
	}
	return some
}

// A slice waits for what only tells of nobody, however long that takes and however much
// of it there is.
func TestNoSliceWaitsForWhatOnlyTells(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const objects = 5 * workers
		c := newCrews(t, objects)
		tell, telling, most := make(chan struct{}), 0, 0
		c.take = func(write, _ string) {
			if write == "slice" {
				return
			}
			c.mu.Lock()
			telling++
			most = max(most, telling)
			c.mu.Unlock()
			<-tell
			c.mu.Lock()
			telling--
			c.mu.Unlock()
		}
		for n := range objects {
			c.verdicts.judge(numbered(n), 2, 50)
			c.wake(n)
		}
		synctest.Wait()
		moves := c.written()
		for n := range objects {
			if diff := cmp.Diff([]string{"slice"}, only(moves, numbered(n))); diff != "" {
				t.Errorf("written of object %d while nobody can tell (-want +got):\n%s", n, diff)
			}
		}
		close(tell)
		synctest.Wait()
		tells := c.written()
		for n := range objects {
			if diff := cmp.Diff([]string{"Endpoints", "status"}, only(tells, numbered(n))); diff != "" {
				t.Errorf("written of object %d after that (-want +got):\n%s", n, diff)
			}
		}
		if most > tellers {
			t.Errorf("%d told at the same time, at most %d shall", most, tellers)
		}
	})
}

// However much there is to move, everything is told within the time that the tellers
// take for each object once.
func TestWhatMovesWithoutEndIsToldOf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const objects, each, span = 20, 10 * time.Millisecond, 1500 * time.Millisecond
		c := newCrews(t, objects)
		began := time.Now()
		told, longest := map[string]time.Time{}, time.Duration(0)
		c.take = func(write, name string) {
			<-time.After(each)
			if write != "status" {
				return
			}
			c.mu.Lock()
			defer c.mu.Unlock()
			if last, before := told[name]; before {
				longest = max(longest, time.Since(last))
			} else {
				longest = max(longest, time.Since(began))
			}
			told[name] = time.Now()
		}
		for turn := 0; time.Since(began) < span; turn++ {
			for n := range objects {
				c.verdicts.judge(numbered(n), 1+turn%2, 50+turn)
				c.wake(n)
			}
			<-time.After(each / 2) // five times what the workers get done
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		// Two writes, and the reconcile that may have the object in hand before.
		if bound := objects * 3 * each / tellers; longest > bound || len(told) < objects {
			t.Errorf("%d of %d objects were told of, one after %s; all shall be within %s", len(told), objects, longest, bound)
		}
	})
}

func TestWhatWasNotToldIsToldWithWhatFollows(t *testing.T) {
	c := allUp(t, object())
	for n := 1; n <= 2; n++ {
		v := c.engine.verdicts[engine.Key(orders)]
		v[id(1)], v[id(2)], v[id(3)] = up(60), up(60), up(60)
		for m := 1; m <= n; m++ {
			v[id(m)] = down(50)
		}
		if _, err := c.r.Reconcile(t.Context(), reconcile.Request{NamespacedName: orders}); err != nil {
			t.Fatal(err)
		}
	}
	c.wantWrites(c.writes, updateSlice, updateSlice)
	if _, err := c.r.tell(t.Context(), orders); err != nil {
		t.Fatal(err)
	}
	c.wantWrites(c.writes[2:], updateEndpoints, updateStatus)
	want := []string{"Warning HostUnhealthy unhealthy: 203.0.113.1:5432 connection refused, 203.0.113.2:5432 connection refused"}
	if diff := cmp.Diff(want, received(c.recorder)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// Between the slice and the rest any time may pass: who comes after a process that ended
// then makes up for it.
func TestWhatAProcessDidNotTellItsSuccessorTells(t *testing.T) {
	c := allUp(t, object())
	c.failHost()
	if _, err := c.r.Reconcile(t.Context(), reconcile.Request{NamespacedName: orders}); err != nil {
		t.Fatal(err)
	}
	c.wantWrites(c.writes, updateSlice)
	c.writes = nil
	c.restart()
	c.wantWrites(c.mustReconcile(), updateEndpoints, updateStatus)
	if diff := cmp.Diff([]string{"203.0.113.1", "203.0.113.3"}, c.serving()); diff != "" {
		t.Errorf("serving (-want +got):\n%s", diff)
	}
	if got := len(read(c, &corev1.Endpoints{}).Subsets[0].Addresses); got != 2 {
		t.Errorf("Endpoints list %d hosts", got)
	}
	c.wantQuiet()
}

// Where Kubernetes mirrors Endpoints, kube-proxy sends traffic to what they say.
func TestEndpointsThatAreMirroredDoNotWait(t *testing.T) {
	endpoints, mirror := byHand("203.0.113.1", "203.0.113.2")
	c := newCluster(t, object(existing), somebodysService(corev1.ServicePort{Name: "pg", Port: 5432}), endpoints, mirror)
	if _, err := c.r.Reconcile(t.Context(), reconcile.Request{NamespacedName: orders}); err != nil {
		t.Fatal(err)
	}
	c.wantWrites(c.writes, createSlice, updateEndpoints)
}

// recalled is a queue that records when to look at an object again.
type recalled struct {
	workqueue.TypedRateLimitingInterface[reconcile.Request]
	after []time.Duration
}

func (r *recalled) AddAfter(_ reconcile.Request, after time.Duration) {
	r.after = append(r.after, after)
}

func TestWhatCannotBeToldIsLookedAtAgain(t *testing.T) {
	const ms = time.Millisecond
	tests := []struct {
		name string
		err  error
		want []time.Duration
	}{
		{"after ever longer", errors.New("no answer"), []time.Duration{5 * ms, 10 * ms, 20 * ms}},
		{"after a conflict as well", apierrors.NewConflict(anyResource, "x", errors.New("modified")), []time.Duration{5 * ms, 10 * ms, 20 * ms}},
		{"late where the permission is missing", apierrors.NewForbidden(anyResource, "x", errors.New("no such role")), []time.Duration{time.Minute, time.Minute, time.Minute}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, queue := allUp(t, object()), &recalled{}
			c.failHost()
			teller := newTeller(c.r)
			if err := teller.again.Start(t.Context(), queue); err != nil {
				t.Fatal(err)
			}
			look := func() error {
				t.Helper()
				if _, err := c.r.Reconcile(t.Context(), reconcile.Request{NamespacedName: orders}); err != nil {
					t.Fatal(err)
				}
				result, err := teller.Reconcile(t.Context(), reconcile.Request{NamespacedName: orders})
				if !result.IsZero() || err != nil && !errors.Is(err, reconcile.TerminalError(nil)) {
					t.Errorf("got %+v, %v: what is known by now would be told again", result, err)
				}
				return err
			}
			c.refuse = refusing(updateStatus, func() error { return tt.err })
			for range 3 {
				_ = look()
			}
			if diff := cmp.Diff(tt.want, queue.after); diff != "" {
				t.Errorf("looked at again after (-want +got):\n%s", diff)
			}
			c.refuse, queue.after = func(string) error { return nil }, nil
			if err := look(); err != nil || len(queue.after) > 0 {
				t.Errorf("then %v, and again after %s", err, queue.after)
			}
			c.refuse = refusing(updateStatus, func() error { return tt.err })
			c.engine.verdicts[engine.Key(orders)][id(2)] = up(90)
			_ = look()
			if diff := cmp.Diff(tt.want[:1], queue.after); diff != "" {
				t.Errorf("the next time after (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOfAnObjectThatIsGoneNothingIsTold(t *testing.T) {
	c := allUp(t, object())
	c.failHost()
	request := reconcile.Request{NamespacedName: orders}
	if _, err := c.r.Reconcile(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	if err := c.server.Delete(t.Context(), c.object()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := c.reconcile(); err != nil {
			t.Fatal(err)
		}
	}
	if d := c.r.desk; len(d.waiting)+len(d.turns.taken) > 0 {
		t.Errorf("%d tidings and %d turns are left", len(d.waiting), len(d.turns.taken))
	}
	if told := received(c.recorder); len(told) > 0 {
		t.Errorf("told %q", told)
	}
}
