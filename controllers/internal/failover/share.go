package failover

import (
	"cmp"
	"slices"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/probes/health"
)

// Share is how many of a tier's Active hosts are healthy, on every port, and how
// many must be.
type Share struct {
	Tier                  int32
	Active, Healthy, Need int
}

// Enough reports whether the tier has minHealthy healthy hosts.
func (s Share) Enough() bool { return s.Healthy >= s.Need }

// Shares counts the hosts of every tier.
func Shares(endpoints []hosts.Endpoint, v hosts.Verdicts, policy v1alpha1.FailurePolicy) []Share {
	byTier := map[int32]*Share{}
	for _, host := range hosts.ByHost(endpoints) {
		if !host[0].Active() {
			continue
		}
		s := byTier[host[0].Tier]
		if s == nil {
			s = &Share{Tier: host[0].Tier}
			byTier[s.Tier] = s
		}
		s.Active++
		if !slices.ContainsFunc(host, func(e hosts.Endpoint) bool { return v[e.ID].State != health.Healthy }) {
			s.Healthy++
		}
	}
	shares := make([]Share, 0, len(byTier))
	for _, s := range byTier {
		s.Need = policy.EffectiveMinHealthy(s.Active)
		shares = append(shares, *s)
	}
	slices.SortFunc(shares, func(a, b Share) int { return cmp.Compare(a.Tier, b.Tier) })
	return shares
}
