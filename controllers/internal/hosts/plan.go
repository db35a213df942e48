package hosts

import (
	"time"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/checks"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
)

// Plan composes the engine's plan. minInterval is the shortest interval that the operator
// allows, whatever the object says.
func Plan(key engine.Key, endpoints []Endpoint, policy v1alpha1.FailurePolicy,
	outage bool, inherited map[engine.MemberID]health.Verdict, minInterval time.Duration, now time.Time,
) engine.Plan {
	plan := engine.Plan{
		Key: key, Evidence: EvidenceByTier(endpoints, policy), HoldDown: outage,
		Members: make([]engine.Member, 0, len(endpoints)),
	}
	for _, e := range endpoints {
		if !e.Probed() {
			continue
		}
		spec := e.Check.Spec
		plan.Members = append(plan.Members, engine.Member{
			ID:           e.ID,
			Target:       e.Target,
			Check:        e.Check.Probe,
			Interval:     max(spec.EffectiveInterval(), minInterval),
			FastInterval: max(spec.EffectiveFastInterval(), minInterval),
			Thresholds:   checks.Thresholds(spec),
			Tier:         e.Tier,
			Witness:      e.Active(),
			Initial:      initialVerdict(e, inherited, now),
		})
	}
	return plan
}

// EvidenceByTier says how many hosts of each tier must have answered before
// another host may be taken out. Every port has the same hosts.
func EvidenceByTier(endpoints []Endpoint, policy v1alpha1.FailurePolicy) map[int32]int {
	active := map[int32]int{}
	for _, e := range endpoints {
		if e.Active() && e.ID.Port == endpoints[0].ID.Port {
			active[e.Tier]++
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
func initialVerdict(e Endpoint, inherited map[engine.MemberID]health.Verdict, now time.Time) health.Verdict {
	if known, ok := inherited[e.ID]; ok {
		return known
	}
	if e.Check.Spec.InitialState == v1alpha1.InitialHealthy {
		return health.TakenOver(health.Healthy, now, "")
	}
	return health.TakenOver(health.Unknown, now, "")
}
