package externalservice

import (
	"context"
	"time"

	"github.com/external-endpoints/operator/probes/engine"
)

// settle has the hosts resolved and watched, and decides who of them is published.
// Records that nobody needs then are let go of at once, and it is decided again
// without them. It returns after how long the next ones may go; 0: none will.
func (r *Reconciler) settle(
	ctx context.Context, f facts, m *memory, publish func(layout, verdicts) map[engine.MemberID]bool,
) (layout, verdicts, time.Duration) {
	for again := false; ; again = true {
		n := r.resolve(f, m)
		l, v := r.probe(ctx, f, m, n)
		bye := farewellOf(f.object.Spec, n, l, v, publish(l, v), time.Now())
		// Once more is enough: what cannot be dropped has come back meanwhile.
		if len(bye.drops) == 0 || again {
			return l, v, bye.wait(time.Now())
		}
		for name, records := range bye.drops {
			r.resolver.Drop(keyOf(f), name, records)
		}
	}
}

// resolve has the names looked up, and returns what is known of them.
func (r *Reconciler) resolve(f facts, m *memory) names {
	r.resolver.Apply(keyOf(f), questionsFor(f, m.remembered, r.deniedName))
	m.remembered = nil
	n := names{answers: r.resolver.Answers(keyOf(f)), told: m.names, guessed: m.guessed, inUse: m.uses, denied: r.deniedName}
	n.dropGuesses(familiesOf(f))
	return n
}

// probe has the hosts watched, and returns what is believed of them.
func (r *Reconciler) probe(ctx context.Context, f facts, m *memory, n names) (layout, verdicts) {
	l := layOut(f.object.Spec, f.portNames, r.policy, f.referents, n)
	r.enforceLimits(ctx, f, m, &l)
	err := r.engine.Apply(planFor(keyOf(f), l.endpoints, f.object.Spec.FailurePolicy, len(m.outage) > 0, m.inherited, r.minInterval, time.Now()))
	// From here on a host that leaves and comes back is a new one.
	m.inherited = nil
	if l.err == nil {
		l.err = err
	}
	return l, r.engine.Verdicts(keyOf(f))
}
