package externalservice

import (
	"cmp"
	"slices"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/probes/health"
)

// share is how many of a tier's Active hosts are healthy, on every port, and how
// many must be.
type share struct {
	tier                  int32
	active, healthy, need int
}

func (s share) enough() bool { return s.healthy >= s.need }

// sharesOf counts the hosts of every tier.
func sharesOf(endpoints []endpoint, v verdicts, policy v1alpha1.FailurePolicy) []share {
	byTier := map[int32]*share{}
	for _, host := range byHost(endpoints) {
		if !host[0].active() {
			continue
		}
		s := byTier[host[0].tier]
		if s == nil {
			s = &share{tier: host[0].tier}
			byTier[s.tier] = s
		}
		s.active++
		if !slices.ContainsFunc(host, func(e endpoint) bool { return v[e.id].State != health.Healthy }) {
			s.healthy++
		}
	}
	shares := make([]share, 0, len(byTier))
	for _, s := range byTier {
		s.need = policy.EffectiveMinHealthy(s.active)
		shares = append(shares, *s)
	}
	slices.SortFunc(shares, func(a, b share) int { return cmp.Compare(a.tier, b.tier) })
	return shares
}
