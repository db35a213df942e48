package externalservice

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/external-endpoints/operator/controllers/internal/consistency"
	"github.com/external-endpoints/operator/controllers/internal/desired"
	"github.com/external-endpoints/operator/controllers/internal/facts"
	"github.com/external-endpoints/operator/controllers/internal/failover"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/controllers/internal/recovery"
	"github.com/external-endpoints/operator/controllers/internal/status"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
	"github.com/external-endpoints/operator/probes/resolve"
)

// reportOnly reconciles an object in mode Observe: the hosts are probed, and only the status is
// written. Nothing is created, restored or withdrawn, whatever objects to the spec.
func (r *Reconciler) reportOnly(ctx context.Context, f facts.Facts, m *memory, a desired.Acceptance) (reconcile.Result, error) {
	var listed map[engine.MemberID]bool
	l, v, next := r.resolveAndProbe(ctx, f, m, func(l hosts.Layout, _ hosts.Verdicts) map[engine.MemberID]bool {
		listed = recovery.Published(f, l)
		return listed
	})
	a = a.WithLayout(l)
	m.suspend(v)
	return r.finish(ctx, statusUpdate{facts: f, memory: m, verdicts: v, report: status.Report{
		Acceptance:     a,
		Endpoints:      status.EndpointStatuses(f.Object.Spec, l, v, failover.Decision{Published: listed}),
		Shares:         failover.Shares(l.Endpoints, v, f.Object.Spec.FailurePolicy),
		NotInSpec:      status.NotInSpec(l, listed),
		Backlog:        r.engine.Backlog(keyOf(f)),
		Pending:        status.AwaitsVerdict(l, v) || l.Awaited(),
		Programmed:     status.Observing(),
		TrafficBlocker: status.TrafficBlockerOf(f, l),
		Names:          l.Names,
		Overflow:       l.Overflow,
	}}, next, nil)
}

// resolveAndProbe resolves the names, applies the plan to the engine and decides which endpoints
// are published. If DNS records have expired then, they are dropped and the decision is made
// again without them. The result says after how long the next record expires; 0: none will.
func (r *Reconciler) resolveAndProbe(
	ctx context.Context, f facts.Facts, m *memory, publish func(hosts.Layout, hosts.Verdicts) map[engine.MemberID]bool,
) (hosts.Layout, hosts.Verdicts, time.Duration) {
	for again := false; ; again = true {
		n := r.resolve(f, m)
		l, v := r.probe(ctx, f, m, n)
		bye := hosts.ExpiryOf(f.Object.Spec, n, l, v, publish(l, v), time.Now())
		// One retry is enough: a record that cannot be dropped has come back from DNS.
		if len(bye.Drops) == 0 || again {
			return l, v, bye.Wait(time.Now())
		}
		for name, records := range bye.Drops {
			r.resolver.Drop(keyOf(f), name, records)
		}
	}
}

// resolve has the names looked up, and returns what is known of them.
func (r *Reconciler) resolve(f facts.Facts, m *memory) hosts.Names {
	r.resolver.Apply(keyOf(f), hosts.QuestionsFor(f, m.Records, r.deniedName))
	m.Records = nil
	n := hosts.Names{
		Answers: r.resolver.Answers(keyOf(f)), Reported: m.Names, UnconfirmedRecords: m.UnconfirmedRecords,
		InUse: m.Uses, Denied: r.deniedName,
	}
	n.ConfirmFamilies(hosts.FamiliesOf(f))
	return n
}

// probe has the hosts watched, and returns what is believed of them.
func (r *Reconciler) probe(ctx context.Context, f facts.Facts, m *memory, n hosts.Names) (hosts.Layout, hosts.Verdicts) {
	l := hosts.Endpoints(f.Object.Spec, f.PortNames, r.policy, f.References, n)
	r.enforceLimits(ctx, f, m, &l)
	plan := hosts.Plan(keyOf(f), l.Endpoints, f.Object.Spec.FailurePolicy, len(m.Outage) > 0, m.Verdicts, r.minInterval, time.Now())
	err := r.engine.Apply(plan)
	// From here on a host that leaves and comes back is a new one.
	m.Verdicts = nil
	if l.Err == nil {
		l.Err = err
	}
	return l, r.engine.Verdicts(keyOf(f))
}

// Engine probes hosts. It is what the controller needs of [engine.Engine].
type Engine interface {
	// Apply replaces what is watched for a key. An error names what is wrong with a
	// check, whose hosts keep their verdicts; all others are watched.
	Apply(engine.Plan) error
	// Forget ends the watching.
	Forget(engine.Key)
	// Verdicts returns what is believed of the key's hosts.
	Verdicts(engine.Key) map[engine.MemberID]health.Verdict
	// Network returns what is known of the prober's own network, as the key sees it.
	Network(engine.Key) health.Network
	// Backlog returns by how much a limit delays the probes of the key's hosts.
	Backlog(engine.Key) engine.Backlog
}

// Resolver keeps DNS names up to date. It is what the controller needs of
// [resolve.Resolver].
type Resolver interface {
	// Apply replaces the questions of a key; names in both keep their records.
	Apply(engine.Key, []resolve.Question)
	// Forget stops the lookups of a key.
	Forget(engine.Key)
	// Answers returns what the key's names mean, by name.
	Answers(engine.Key) map[string]resolve.Answer
	// Drop removes records of a name that no endpoint needs.
	Drop(key engine.Key, name string, records []resolve.Record)
}

// Reconciler reconciles one ExternalService at a time: its Service and EndpointSlices. Endpoints,
// status and events are left to the [statusReconciler], so that no slice write waits for them.
type Reconciler struct {
	cache    client.Reader
	reader   *consistency.Reader
	writer   *consistency.Writer
	engine   Engine
	resolver Resolver
	policy   func(netip.Addr) error
	// deniedName reports whether a name must not be looked up; nil: none is denied.
	deniedName  func(string) bool
	memories    *memories
	metrics     *metrics
	events      emitter
	statusQueue *statusQueue
	limits      *targetLimits
	// requeue has objects reconciled that no watch, probe or changed policy enqueues.
	requeue *requestSource

	minInterval    time.Duration
	writeEndpoints bool
	// followReferences: checks may refer to Secrets and ConfigMaps.
	followReferences bool
}

// Reconcile implements reconcile.Reconciler.
func (r *Reconciler) Reconcile(ctx context.Context, request reconcile.Request) (reconcile.Result, error) {
	defer r.statusQueue.mutex.Lock(request.NamespacedName)()
	defer r.statusQueue.gate.Begin()()
	r.statusQueue.Pop(request.NamespacedName) // this reconcile produces a newer status
	f, a, found, err := r.gather(ctx, request.NamespacedName)
	if err != nil {
		return reconcile.Result{}, err
	}
	if !found {
		r.forget(request.NamespacedName)
		return reconcile.Result{}, nil
	}
	m := r.memories.of(request.NamespacedName, func() *memory { return begin(f) })

	if a.Action == desired.Observe {
		return r.reportOnly(ctx, f, m, a)
	}
	m.resume(f)
	m.noEndpoints = f.WriteEndpoints && f.Endpoints == nil
	if a.Withdraws(f) {
		return r.withdraw(ctx, f, m, a)
	}
	return r.publish(ctx, f, m, a)
}

// publish writes what the verdicts on the hosts say.
func (r *Reconciler) publish(ctx context.Context, f facts.Facts, m *memory, a desired.Acceptance) (reconcile.Result, error) {
	recovery.ConfirmFromSlices(f, &m.Previous)
	rules := failover.Rules{Policy: f.Object.Spec.FailurePolicy}
	var d failover.Decision
	l, v, next := r.resolveAndProbe(ctx, f, m, func(l hosts.Layout, v hosts.Verdicts) map[engine.MemberID]bool {
		rules.Network = r.engine.Network(keyOf(f))
		d = rules.Decide(l.Endpoints, v, m.Previous)
		return d.Published
	})
	pending := d.Pending || l.Awaited()
	endpoints := desired.Compose(f, l.Endpoints, v, d, m.Acknowledged)
	f.OverLimit = l.Exceeded != ""

	copies, wait, failure := r.write(ctx, &f, m, endpoints, pending)
	left := errors.Is(failure, desired.ErrSlicesLeft)
	if wait == 0 && (failure == nil || isServiceRejected(failure)) {
		m.Acknowledged = m.Acknowledged.Next(v, d, time.Now(), r.metrics.propagation.Observe)
	} else {
		m.MarkUnconfirmed(d)
	}
	if d.OutageEnded(m.Previous) {
		next = sooner(next, time.Nanosecond)
	}
	m.Remember(d)
	programmed := status.ProgrammedAfter(wait, failure)
	if left {
		failure = nil
		r.requeue.enqueue(reconcile.Request{NamespacedName: client.ObjectKeyFromObject(f.Object)}, 0)
	}
	return r.finish(ctx, statusUpdate{facts: f, memory: m, verdicts: v, endpoints: copies, report: status.Report{
		Acceptance:     a.WithLayout(l),
		Endpoints:      status.EndpointStatuses(f.Object.Spec, l, v, d),
		Shares:         failover.Shares(l.Endpoints, v, rules.Policy),
		Outage:         len(d.Outage) > 0,
		Action:         rules.Policy.EffectiveAction(),
		Isolated:       d.Isolated,
		Backlog:        r.engine.Backlog(keyOf(f)),
		Pending:        pending,
		Programmed:     programmed,
		TrafficBlocker: status.TrafficBlockerOf(f, l),
		Names:          l.Names,
		Overflow:       l.Overflow,
	}}, sooner(wait, next), failure)
}

// withdraw watches nothing, takes back what is ours and says why.
func (r *Reconciler) withdraw(ctx context.Context, f facts.Facts, m *memory, a desired.Acceptance) (reconcile.Result, error) {
	r.engine.Forget(keyOf(f))
	r.resolver.Forget(keyOf(f))
	r.releaseTargets(client.ObjectKeyFromObject(f.Object))
	c, left := desired.Withdrawal(f).Batch()
	failure := carryOut(ctx, r.writer, f, c)
	if left {
		r.requeue.enqueue(reconcile.Request{NamespacedName: client.ObjectKeyFromObject(f.Object)}, 0)
	}
	r.memories.withdraw(client.ObjectKeyFromObject(f.Object), f.ServiceKey())
	programmed := status.NotActedOn(a)
	if failure != nil {
		programmed = status.ProgrammedAfter(0, failure)
	}
	return r.finish(ctx, statusUpdate{facts: f, memory: m, report: status.Report{Acceptance: a, Programmed: programmed}}, 0, failure)
}

// write applies the changes that traffic depends on. It returns the changes that are left, and
// the delay if another writer keeps reverting ours, and stores the API server's response for the
// Service in the facts.
func (r *Reconciler) write(ctx context.Context, f *facts.Facts, m *memory, endpoints desired.Endpoints, pending bool,
) (endpointsUpdate, time.Duration, error) {
	service, reshape := desired.Service(*f)
	c := desired.ChangesFor(*f, endpoints, pending)
	content := desired.Fingerprint(f.Object.Generation, endpoints, desired.HintsFor(f.Object.Spec, service))
	if reshape || !c.Empty() {
		if wait := m.reverts.Delay(content, time.Now()); wait > 0 {
			return endpointsUpdate{}, wait, nil
		}
	}
	var refused error
	if reshape {
		var err error
		if c, refused, err = r.reshapeBefore(ctx, f, service, endpoints, pending); err != nil {
			return endpointsUpdate{}, 0, err
		}
	}
	now, later := c.Split(*f)
	now, left := now.Batch()
	if err := carryOut(ctx, r.writer, *f, now); err != nil {
		return endpointsUpdate{}, 0, err
	}
	if left {
		return endpointsUpdate{}, 0, desired.ErrSlicesLeft // the Service is tried again with the rest
	}
	if later.Empty() {
		m.reverts.Record(content, !c.Empty() || reshape && refused == nil, time.Now())
	}
	return endpointsUpdate{later, content}, 0, refused
}

// forget ends everything that was kept for an object that is gone. What it
// published is left to garbage collection: that it is not in the cache does not
// prove that it was deleted.
func (r *Reconciler) forget(name types.NamespacedName) {
	r.engine.Forget(engine.Key{Namespace: name.Namespace, Name: name.Name})
	r.resolver.Forget(engine.Key{Namespace: name.Namespace, Name: name.Name})
	r.writer.Forget(name, r.memories.forget(name))
	r.statusQueue.retries.Forget(reconcile.Request{NamespacedName: name})
	r.metrics.forget(name)
	r.releaseTargets(name)
}

func keyOf(f facts.Facts) engine.Key {
	return engine.Key{Namespace: f.Object.Namespace, Name: f.Object.Name}
}

// sooner is the shorter of two times to wait, of which 0 is for ever.
func sooner(a, b time.Duration) time.Duration {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}
