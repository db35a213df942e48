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
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
	"github.com/external-endpoints/operator/probes/resolve"
)

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
	// Apply replaces what is asked for a key; what both have in common keeps its records.
	Apply(engine.Key, []resolve.Question)
	// Forget ends the asking.
	Forget(engine.Key)
	// Answers returns what the key's names mean, by name.
	Answers(engine.Key) map[string]resolve.Answer
	// Drop says that nobody needs these records of a name any more.
	Drop(key engine.Key, name string, records []resolve.Record)
}

// Reconciler brings one ExternalService at a time to what it should be: the Service and
// its slices. What only tells of it is left to the [teller], which nobody waits for.
type Reconciler struct {
	cache    client.Reader
	reader   *consistency.Reader
	writer   *consistency.Writer
	engine   Engine
	resolver Resolver
	policy   func(netip.Addr) error
	// deniedName reports whether a name must not be looked up; nil: none is denied.
	deniedName func(string) bool
	memories   *memories
	metrics    *metrics
	events     emitter
	desk       *desk
	limits     *targetLimits
	// again has objects reconciled that no watch, probe or bell would bring up.
	again *relay

	minInterval    time.Duration
	writeEndpoints bool
	// followReferences: checks may refer to Secrets and ConfigMaps.
	followReferences bool
}

// Reconcile implements reconcile.Reconciler.
func (r *Reconciler) Reconcile(ctx context.Context, request reconcile.Request) (reconcile.Result, error) {
	defer r.desk.turns.take(request.NamespacedName)()
	defer r.desk.traffic.begin()()
	r.desk.take(request.NamespacedName) // what is found out now tells of that as well
	f, a, found, err := r.gather(ctx, request.NamespacedName)
	if err != nil {
		return reconcile.Result{}, err
	}
	if !found {
		r.forget(request.NamespacedName)
		return reconcile.Result{}, nil
	}
	m := r.memories.of(request.NamespacedName, func() *memory { return begin(f) })

	if a.stance == observe {
		return r.reportOnly(ctx, f, m, a)
	}
	m.takeUp(f)
	m.noEndpoints = f.writeEndpoints && f.endpoints == nil
	if a.standsBack(f) {
		return r.standBack(ctx, f, m, a)
	}
	return r.publish(ctx, f, m, a)
}

// publish writes what the verdicts on the hosts say.
func (r *Reconciler) publish(ctx context.Context, f facts, m *memory, a acceptance) (reconcile.Result, error) {
	confirmFromSlices(f, &m.previous)
	rules := rules{policy: f.object.Spec.FailurePolicy}
	var d decision
	l, v, next := r.settle(ctx, f, m, func(l layout, v verdicts) map[engine.MemberID]bool {
		rules.network = r.engine.Network(keyOf(f))
		d = rules.decide(l.endpoints, v, m.previous)
		return d.published
	})
	pending := d.pending || l.awaited()
	desired := compose(f, l.endpoints, v, d, m.acknowledged)
	f.overLimit = l.exceeded != ""

	copies, wait, failure := r.write(ctx, &f, m, desired, pending)
	left := errors.Is(failure, errSlicesLeft)
	if wait == 0 && (failure == nil || isUnshaped(failure)) {
		m.acknowledged = m.acknowledged.acknowledge(v, d, time.Now(), r.metrics.propagation.Observe)
	} else {
		m.doubt(d)
	}
	if d.ends(m.previous) {
		next = sooner(next, time.Nanosecond)
	}
	m.remember(d)
	programmed := programmedAfter(wait, failure)
	if left {
		failure = nil
		r.again.add(reconcile.Request{NamespacedName: client.ObjectKeyFromObject(f.object)}, 0)
	}
	return r.handOver(ctx, tidings{facts: f, memory: m, verdicts: v, copies: copies, report: report{
		acceptance: a.given(l),
		endpoints:  endpointStatuses(f.object.Spec, l, v, d),
		shares:     sharesOf(l.endpoints, v, rules.policy),
		outage:     len(d.outage) > 0,
		action:     rules.policy.EffectiveAction(),
		isolated:   d.isolated,
		backlog:    r.engine.Backlog(keyOf(f)),
		pending:    pending,
		programmed: programmed,
		obstacle:   obstacleOf(f, l),
		names:      l.names,
		overflow:   l.overflow,
	}}, sooner(wait, next), failure)
}

// standBack watches nothing, takes back what is ours and says why.
func (r *Reconciler) standBack(ctx context.Context, f facts, m *memory, a acceptance) (reconcile.Result, error) {
	r.engine.Forget(keyOf(f))
	r.resolver.Forget(keyOf(f))
	r.releaseTargets(client.ObjectKeyFromObject(f.object))
	c, left := withdrawal(f).batch()
	failure := carryOut(ctx, r.writer, f, c)
	if left {
		r.again.add(reconcile.Request{NamespacedName: client.ObjectKeyFromObject(f.object)}, 0)
	}
	r.memories.withdraw(client.ObjectKeyFromObject(f.object), f.serviceKey())
	programmed := nothingNew(a)
	if failure != nil {
		programmed = programmedAfter(0, failure)
	}
	return r.handOver(ctx, tidings{facts: f, memory: m, report: report{acceptance: a, programmed: programmed}}, 0, failure)
}

// write carries out what moves traffic of what differs from the facts. It returns what
// is left to do, and how long it holds back because somebody else keeps undoing it, and
// leaves in the facts the Service as the API server has it then.
func (r *Reconciler) write(ctx context.Context, f *facts, m *memory, desired desiredEndpoints, pending bool,
) (copies, time.Duration, error) {
	service, reshape := desiredService(*f)
	c := changesFor(*f, desired, pending)
	content := contentOf(f.object.Generation, desired, hintsFor(f.object.Spec, service))
	if reshape || !c.empty() {
		if wait := m.reverts.wait(content, time.Now()); wait > 0 {
			return copies{}, wait, nil
		}
	}
	var refused error
	if reshape {
		var err error
		if c, refused, err = r.reshapeBefore(ctx, f, service, desired, pending); err != nil {
			return copies{}, 0, err
		}
	}
	now, later := c.parted(*f)
	now, left := now.batch()
	if err := carryOut(ctx, r.writer, *f, now); err != nil {
		return copies{}, 0, err
	}
	if left {
		return copies{}, 0, errSlicesLeft // the Service is tried again with the rest
	}
	if later.empty() {
		m.reverts.settle(content, !c.empty() || reshape && refused == nil, time.Now())
	}
	return copies{later, content}, 0, refused
}

// forget ends everything that was kept for an object that is gone. What it
// published is left to garbage collection: that it is not in the cache does not
// prove that it was deleted.
func (r *Reconciler) forget(name types.NamespacedName) {
	r.engine.Forget(engine.Key{Namespace: name.Namespace, Name: name.Name})
	r.resolver.Forget(engine.Key{Namespace: name.Namespace, Name: name.Name})
	r.writer.Forget(name, r.memories.forget(name))
	r.desk.retries.Forget(reconcile.Request{NamespacedName: name})
	r.metrics.forget(name)
	r.releaseTargets(name)
}

func keyOf(f facts) engine.Key {
	return engine.Key{Namespace: f.object.Namespace, Name: f.object.Name}
}

// sooner is the shorter of two times to wait, of which 0 is for ever.
func sooner(a, b time.Duration) time.Duration {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}
