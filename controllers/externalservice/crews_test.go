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

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/consistency"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
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
	teller   *statusReconciler
	queue    priorityqueue.PriorityQueue[reconcile.Request]
	tells    priorityqueue.PriorityQueue[reconcile.Request]
	losses   priorityqueue.PriorityQueue[reconcile.Request]
	waker    *EngineSource
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

func (e *lockedEngine) Verdicts(key engine.Key) hosts.Verdicts {
	e.mu.Lock()
	defer e.mu.Unlock()
	copied := hosts.Verdicts{}
	for id, v := range e.verdicts[key] {
		copied[id] = v
	}
	return copied
}

// noNames is a Resolver for objects without names.
type noNames struct{}

func (noNames) Apply(engine.Key, []resolve.Question) {}

func (noNames) Forget(engine.Key) {}

func (noNames) Answers(engine.Key) map[string]resolve.Answer { return nil }

func (noNames) Drop(engine.Key, string, []resolve.Record) {}

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
		verdicts: &lockedEngine{fakeEngine: fakeEngine{verdicts: map[engine.Key]hosts.Verdicts{}}},
		queue:    priorityqueue.New[reconcile.Request]("moves"), tells: priorityqueue.New[reconcile.Request]("tells"),
		losses: priorityqueue.New[reconcile.Request]("losses"), waker: NewEngineSource(logr.Discard()),
	}
	cached, tracker := &cachedReader{Reader: c.server, server: c.server}, consistency.NewTracker()
	c.r = &Reconciler{
		cache: cached, reader: consistency.NewReader(cached, c.server, tracker), writer: consistency.NewWriter(c.client(), tracker, nil, nil),
		engine: c.verdicts, resolver: noNames{}, policy: anybody, memories: newMemories(), metrics: newMetrics(nil),
		events: emitter{&events.FakeRecorder{}}, statusQueue: newStatusQueue(), limits: newTargetLimits(0), requeue: &requestSource{}, writeEndpoints: true,
	}
	c.teller = newStatusReconciler(c.r)
	if err := errors.Join(c.teller.requeue.Start(t.Context(), c.queue), c.r.statusQueue.wake.Start(t.Context(), c.tells),
		c.waker.Start(t.Context(), c.queue), c.waker.Removals().Start(t.Context(), c.losses)); err != nil {
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
	c.work(&ended, workers, c.losses, c.r)
	c.work(&ended, statusWorkers, c.tells, c.teller)
	t.Cleanup(func() { c.queue.ShutDown(); c.tells.ShutDown(); c.losses.ShutDown(); ended.Wait() })
	<-time.After(quietPeriod)
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
