package externalservice

import (
	"time"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
)

// planFor tells the engine what to watch. minInterval is the shortest interval
// that the operator allows, whatever the object says.
func planFor(key engine.Key, endpoints []endpoint, policy v1alpha1.FailurePolicy,
	outage bool, inherited map[engine.MemberID]health.Verdict, minInterval time.Duration, now time.Time,
) engine.Plan {
	plan := engine.Plan{
		Key: key, Evidence: evidenceByTier(endpoints, policy), HoldDown: outage,
		Members: make([]engine.Member, 0, len(endpoints)),
	}
	for _, e := range endpoints {
		if !e.watched() {
			continue
		}
		spec := e.watch.spec
		plan.Members = append(plan.Members, engine.Member{
			ID:           e.id,
			Target:       e.aim,
			Check:        e.watch.check,
			Interval:     max(spec.EffectiveInterval(), minInterval),
			FastInterval: max(spec.EffectiveFastInterval(), minInterval),
			Thresholds:   thresholds(spec),
			Tier:         e.tier,
			Witness:      e.active(),
			Initial:      initialVerdict(e, inherited, now),
		})
	}
	return plan
}

// evidenceByTier says how many hosts of each tier must have answered before
// another host may be taken out. Every port has the same hosts.
func evidenceByTier(endpoints []endpoint, policy v1alpha1.FailurePolicy) map[int32]int {
	active := map[int32]int{}
	for _, e := range endpoints {
		if e.active() && e.id.Port == endpoints[0].id.Port {
			active[e.tier]++
		}
	}
	needs := make(map[int32]int, len(active))
	for tier, hosts := range active {
		needs[tier] = policy.EffectiveMinHealthy(hosts)
	}
	return needs
}

// initialVerdict is what a host is taken for before it was probed: what a
// predecessor said of it, else what the user wants of a new one.
func initialVerdict(e endpoint, inherited map[engine.MemberID]health.Verdict, now time.Time) health.Verdict {
	if known, ok := inherited[e.id]; ok {
		return known
	}
	if e.watch.spec.InitialState == v1alpha1.InitialHealthy {
		return health.TakenOver(health.Healthy, now, "")
	}
	return health.TakenOver(health.Unknown, now, "")
}
