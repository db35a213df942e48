package externalservice

import (
	stdcmp "cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/consistency"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
)

// fakeEngine believes what a test tells it.
type fakeEngine struct {
	network   health.Network
	backlog   engine.Backlog
	verdicts  map[engine.Key]hosts.Verdicts
	forgotten []engine.Key
	err       error
}

func (e *fakeEngine) Apply(plan engine.Plan) error {
	before, after := e.verdicts[plan.Key], hosts.Verdicts{}
	for _, m := range plan.Members {
		after[m.ID] = m.Initial
		if v, known := before[m.ID]; known {
			after[m.ID] = v
		}
	}
	e.verdicts[plan.Key] = after
	return e.err
}

func (e *fakeEngine) Forget(key engine.Key) {
	delete(e.verdicts, key)
	e.forgotten = append(e.forgotten, key)
}

func (e *fakeEngine) Backlog(engine.Key) engine.Backlog { return e.backlog }

func (e *fakeEngine) Network(engine.Key) health.Network { return e.network }

func (e *fakeEngine) Verdicts(key engine.Key) map[engine.MemberID]health.Verdict {
	return e.verdicts[key]
}

// cluster is a fake API server with a Reconciler of its own.
type cluster struct {
	t *testing.T
	// server is past the interceptor: what a test does there is not recorded.
	server   client.WithWatch
	cached   *cachedReader
	engine   *fakeEngine
	names    *lookups
	recorder *events.FakeRecorder
	registry *prometheus.Registry
	tracker  *consistency.Tracker
	r        *Reconciler

	// family is what the API server gives Services that ask for none; empty: IPv4.
	family []corev1.IPFamily

	// writes are those of the Reconciler since they were last looked at.
	writes []string
	// refuse may refuse a write, "create endpointslices".
	refuse func(write string) error
	// after is called after each write.
	after func()
}

// cachedReader is the cache: of the server as it is, or as it was when it froze.
type cachedReader struct {
	client.Reader
	server client.Reader
}

func (c *cachedReader) Get(ctx context.Context, key client.ObjectKey, o client.Object, opts ...client.GetOption) error {
	if err := c.Reader.Get(ctx, key, o, opts...); err != nil {
		return err
	}
	if e, isEndpoints := o.(*corev1.Endpoints); isEndpoints && !ourEndpoints().Matches(labelsOf(e)) {
		return apierrors.NewNotFound(schema.GroupResource{Resource: "endpoints"}, key.Name)
	}
	switch o.(type) {
	case *corev1.Secret, *corev1.ConfigMap:
		if !referable().Matches(labelsOf(o)) {
			return apierrors.NewNotFound(schema.GroupResource{Resource: "referents"}, key.Name)
		}
	}
	return nil
}

type labelSet map[string]string

func (l labelSet) Has(key string) bool { _, has := l[key]; return has }

func (l labelSet) Get(key string) string { return l[key] }

func (l labelSet) Lookup(key string) (string, bool) { value, has := l[key]; return value, has }

func labelsOf(o client.Object) labelSet { return o.GetLabels() }

func fakeServer(objects ...client.Object) client.WithWatch {
	scheme := runtime.NewScheme()
	if err := errors.Join(corev1.AddToScheme(scheme), discoveryv1.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		panic(err)
	}
	return fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...).
		WithStatusSubresource(&v1alpha1.ExternalService{}).
		WithIndex(&v1alpha1.ExternalService{}, claimIndex, claimOf).
		WithIndex(&v1alpha1.ExternalService{}, referenceIndex, referencesIn).
		WithIndex(&discoveryv1.EndpointSlice{}, consistency.SliceServiceIndex, consistency.SliceService).
		Build()
}

func newCluster(t *testing.T, objects ...client.Object) *cluster {
	c := &cluster{t: t, server: fakeServer(objects...)}
	c.cached = &cachedReader{Reader: c.server, server: c.server}
	c.refuse, c.after = func(string) error { return nil }, func() {}
	c.restart()
	return c
}

// restart begins a new process at the same API server.
func (c *cluster) restart() {
	c.engine, c.names = &fakeEngine{verdicts: map[engine.Key]hosts.Verdicts{}}, newLookups()
	c.recorder, c.registry, c.tracker = events.NewFakeRecorder(100), prometheus.NewRegistry(), consistency.NewTracker()
	c.r = &Reconciler{
		cache:       c.cached,
		reader:      consistency.NewReader(c.cached, c.server, c.tracker),
		engine:      c.engine,
		resolver:    c.names,
		policy:      anybody,
		memories:    newMemories(),
		metrics:     newMetrics(c.registry),
		events:      emitter{c.recorder},
		statusQueue: newStatusQueue(), limits: newTargetLimits(0),
		requeue: &requestSource{},

		writeEndpoints: true,
	}
	c.r.writer = consistency.NewWriter(c.recording(), c.tracker, nil, c.r.enqueueForeignWrite)
}

// recording is the server as the Reconciler writes to it.
func (c *cluster) recording() client.WithWatch {
	do := func(operation string, o client.Object, write func() error) error {
		text := operation + " " + strings.ToLower(strings.TrimPrefix(fmt.Sprintf("%T", o), "*v1."))
		text = strings.TrimPrefix(strings.ReplaceAll(text, "*v1alpha1.", ""), " ")
		if err := c.refuse(text); err != nil {
			return err
		}
		if service, isService := o.(*corev1.Service); isService {
			if len(service.Spec.IPFamilies) == 0 {
				service.Spec.IPFamilies = c.family
			}
			*service = *defaulted(service)
		}
		err := write()
		if err == nil {
			c.writes = append(c.writes, text)
			c.after()
		}
		return err
	}
	return interceptor.NewClient(c.server, interceptor.Funcs{
		Create: func(ctx context.Context, w client.WithWatch, o client.Object, opts ...client.CreateOption) error {
			return do("create", o, func() error { return w.Create(ctx, o, opts...) })
		},
		Update: func(ctx context.Context, w client.WithWatch, o client.Object, opts ...client.UpdateOption) error {
			return do("update", o, func() error { return w.Update(ctx, o, opts...) })
		},
		Delete: func(ctx context.Context, w client.WithWatch, o client.Object, opts ...client.DeleteOption) error {
			return do("delete", o, func() error { return w.Delete(ctx, o, opts...) })
		},
		SubResourceUpdate: func(ctx context.Context, w client.Client, sub string, o client.Object, opts ...client.SubResourceUpdateOption) error {
			return do("update status of", o, func() error { return w.SubResource(sub).Update(ctx, o, opts...) })
		},
	})
}

// reconcile reconciles the object once, and has it told of.
func (c *cluster) reconcile() (reconcile.Result, error) {
	return c.reconcileNamed(orders)
}

func (c *cluster) reconcileNamed(name types.NamespacedName) (reconcile.Result, error) {
	moved, err := c.r.Reconcile(c.t.Context(), reconcile.Request{NamespacedName: name})
	told, errTelling := c.r.writeQueuedStatus(c.t.Context(), name)
	return reconcile.Result{RequeueAfter: sooner(moved.RequeueAfter, told.RequeueAfter)}, stdcmp.Or(err, errTelling)
}

// mustReconcile reconciles the object, and returns what was written.
func (c *cluster) mustReconcile() []string {
	c.t.Helper()
	if _, err := c.reconcile(); err != nil {
		c.t.Fatal(err)
	}
	writes := c.writes
	c.writes = nil
	return writes
}

// judged is the object after its hosts were found to be so.
func (c *cluster) judged(v hosts.Verdicts) []string {
	c.t.Helper()
	c.mustReconcile()
	for id, verdict := range v {
		c.engine.verdicts[engine.Key(orders)][id] = verdict
	}
	return c.mustReconcile()
}

// allUp is a cluster where an object with the hosts 1 to 3 is at rest.
func allUp(t *testing.T, o *v1alpha1.ExternalService, others ...client.Object) *cluster {
	t.Helper()
	c := newCluster(t, append(others, o)...)
	c.judged(hosts.Verdicts{id(1): up(0), id(2): up(0), id(3): up(0)})
	c.wantQuiet()
	received(c.recorder)
	return c
}

func (c *cluster) wantWrites(got []string, want ...string) {
	c.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		c.t.Errorf("writes (-want +got):\n%s", diff)
	}
}

// wantQuiet: another reconcile writes nothing.
func (c *cluster) wantQuiet() {
	c.t.Helper()
	c.wantWrites(c.mustReconcile())
}

// read reads an object of the object's name.
func read[T client.Object](c *cluster, into T) T {
	c.t.Helper()
	if err := c.server.Get(c.t.Context(), orders, into); err != nil {
		c.t.Fatal(err)
	}
	return into
}

func (c *cluster) object() *v1alpha1.ExternalService { return read(c, &v1alpha1.ExternalService{}) }

// condition is "True Ready" of a condition.
func (c *cluster) condition(conditionType string) string {
	return inShort(c.object().Status.Conditions)[conditionType]
}

// edit changes the spec, as a user does.
func (c *cluster) edit(change func(*v1alpha1.ExternalService)) {
	c.t.Helper()
	o := c.object()
	change(o)
	o.Generation++
	if err := c.server.Update(c.t.Context(), o); err != nil {
		c.t.Fatal(err)
	}
}

func (c *cluster) slices() []discoveryv1.EndpointSlice {
	c.t.Helper()
	var list discoveryv1.EndpointSliceList
	if err := c.server.List(c.t.Context(), &list, client.InNamespace(orders.Namespace)); err != nil {
		c.t.Fatal(err)
	}
	return list.Items
}

// serving lists the addresses that some slice of the Service has ready.
func (c *cluster) serving() []string {
	c.t.Helper()
	var ready []string
	for _, slice := range c.slices() {
		for _, e := range slice.Endpoints {
			if e.Conditions.Ready == nil || *e.Conditions.Ready {
				ready = append(ready, e.Addresses[0])
			}
		}
	}
	return ready
}

const inNamespace = client.InNamespace("shop")

func labelled(key, value string) client.MatchingLabels { return client.MatchingLabels{key: value} }
