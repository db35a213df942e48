package externalservice

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/tools/events"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/consistency"
	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/engine"
)

// process is one copy of the operator that leads, or did: the real engine, waker and
// Reconciler around a work queue.
type process struct {
	sim    *simulation
	engine *engine.Engine
	queue  workqueue.TypedRateLimitingInterface[reconcile.Request]
	// tells is the teller's queue.
	tells workqueue.TypedRateLimitingInterface[reconcile.Request]
	stop  context.CancelFunc
	ended sync.WaitGroup

	mu sync.Mutex
	// gone: nothing that it writes arrives any more. left is how many more writes
	// arrive before that; negative: all.
	gone bool
	left int
	// delay is how long its writes are on their way.
	delay time.Duration
}

// lead starts a process.
func (s *simulation) lead() *process {
	ctx, stop := context.WithCancel(context.Background())
	p := &process{sim: s, stop: stop, left: -1}
	waker := NewEngineSource(logr.Discard())
	p.queue, p.tells = newQueue(), newQueue()
	prober := engine.New(engine.Options{
		Compile: func(probes.Check) (probes.Prober, error) { return s.outside, nil },
		Runner:  s.outside, Observer: waker,
	})
	p.engine = prober
	tracker, cached := consistency.NewTracker(), &cachedReader{Reader: s.server, server: s.server}
	r := &Reconciler{
		cache: cached, reader: consistency.NewReader(cached, s.server, tracker), writer: consistency.NewWriter(p.client(), tracker, nil, nil),
		engine: prober, resolver: newLookups(), policy: anybody, memories: newMemories(), metrics: newMetrics(nil),
		events: emitter{&events.FakeRecorder{}}, statusQueue: newStatusQueue(), limits: newTargetLimits(0), requeue: &requestSource{}, writeEndpoints: true,
	}
	teller := newStatusReconciler(r)
	if err := errors.Join(waker.Start(ctx, p.queue), teller.requeue.Start(ctx, p.queue), r.statusQueue.wake.Start(ctx, p.tells)); err != nil {
		s.t.Fatal(err)
	}
	p.ended.Go(func() { _ = prober.Run(ctx) })
	p.ended.Go(func() { p.work(ctx, p.queue, r) })
	p.ended.Go(func() { p.work(ctx, p.tells, teller) })
	for _, o := range s.objects {
		p.wake(o.key)
	}
	return p
}

// wake has an object looked at.
func (p *process) wake(key engine.Key) {
	p.queue.Add(reconcile.Request{NamespacedName: client.ObjectKey{Namespace: key.Namespace, Name: key.Name}})
}

// newQueue is one as controller-runtime makes it, without metrics.
func newQueue() workqueue.TypedRateLimitingInterface[reconcile.Request] {
	return priorityqueue.New("", func(o *priorityqueue.Opts[reconcile.Request]) {
		o.RateLimiter = workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](firstRetry, lastRetry)
	})
}

// work reconciles, as controller-runtime does.
func (p *process) work(ctx context.Context, queue workqueue.TypedRateLimitingInterface[reconcile.Request], r reconcile.Reconciler) {
	for {
		request, shutdown := queue.Get()
		if shutdown {
			return
		}
		p.sim.reconciles.Add(1)
		switch result, err := r.Reconcile(ctx, request); {
		case errors.Is(err, reconcile.TerminalError(nil)):
		case err != nil:
			queue.AddRateLimited(request)
		case result.RequeueAfter > 0:
			queue.Forget(request)
			queue.AddAfter(request, result.RequeueAfter)
		default:
			queue.Forget(request)
		}
		queue.Done(request)
	}
}

// crash ends the process. Writes that are on their way arrive, unless it is gone.
func (p *process) crash() {
	p.stop()
	p.queue.ShutDown()
	p.tells.ShutDown()
}

// admit says whether a write arrives, and what is answered if it does not, or does
// and the answer is lost.
func (p *process) admit() (arrives bool, answer error) {
	p.mu.Lock()
	delay := p.delay
	p.mu.Unlock()
	if delay > 0 {
		<-time.After(delay)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.gone || p.left == 0:
		return false, errors.New("crashed")
	case p.left > 0:
		p.left--
	}
	return p.sim.refuse()
}

// client is the API server as the process writes to it.
func (p *process) client() client.WithWatch {
	do := func(o client.Object, write func() error) error {
		arrives, answer := p.admit()
		if !arrives {
			return answer
		}
		if service, isService := o.(*corev1.Service); isService {
			*service = *defaulted(service)
		}
		if err := write(); err != nil {
			return err
		}
		p.sim.written(p, o)
		return answer
	}
	return interceptor.NewClient(p.sim.server, interceptor.Funcs{
		Create: func(ctx context.Context, w client.WithWatch, o client.Object, opts ...client.CreateOption) error {
			return do(o, func() error { return w.Create(ctx, o, opts...) })
		},
		Update: func(ctx context.Context, w client.WithWatch, o client.Object, opts ...client.UpdateOption) error {
			return do(o, func() error { return w.Update(ctx, o, opts...) })
		},
		Delete: func(ctx context.Context, w client.WithWatch, o client.Object, opts ...client.DeleteOption) error {
			return do(o, func() error { return w.Delete(ctx, o, opts...) })
		},
		SubResourceUpdate: func(_ context.Context, _ client.Client, _ string, o client.Object, _ ...client.SubResourceUpdateOption) error {
			return do(o, func() error { return p.sim.server.UpdateStatus(o.(*v1alpha1.ExternalService)) })
		},
	})
}

// refuse draws what the API server makes of a write.
func (s *simulation) refuse() (arrives bool, answer error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failing == 0 {
		return true, nil
	}
	switch s.dice.IntN(4) {
	case 0:
		return false, apierrors.NewConflict(anyResource, "x", errors.New("modified"))
	case 1:
		return false, apierrors.NewInternalError(errors.New("etcd is away"))
	case 2:
		return true, apierrors.NewTimeoutError("the answer was lost", 1)
	default:
		return true, nil
	}
}

// written takes a write in that has arrived, and wakes the leader by it if it is not his own.
func (s *simulation) written(p *process, o client.Object) {
	s.mu.Lock()
	s.writes++
	leader := s.leader
	s.mu.Unlock()
	name := o.GetName()
	switch object := o.(type) {
	case *discoveryv1.EndpointSlice:
		name = object.Labels[discoveryv1.LabelServiceName]
		s.audit(name, p != leader)
	case *v1alpha1.ExternalService:
		s.tell(object)
	}
	if leader != nil && p != leader {
		leader.wake(engine.Key{Namespace: orders.Namespace, Name: strings.TrimSpace(name)})
	}
}
