package failover

import (
	"cmp"
	"slices"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/evidence"
	"github.com/external-endpoints/operator/probes/health"
)

// Port is the state of one port of the Service that decides which hosts get its traffic.
type Port struct {
	// endpoints are the Active ones, without those that DNS has dropped and that can
	// be spared.
	endpoints []hosts.Endpoint
	// tiers come in the order of their priority.
	tiers []*tier
	// quorums are those of the tiers.
	quorums []*evidence.Quorum
	// outage: the failure policy was in force in the decision before.
	outage bool
	// publishedUnhealthy: some published host is unhealthy.
	publishedUnhealthy bool
	// disturbed: some host that was published is not Active and Healthy any more.
	disturbed bool

	// last is the index of the last tier that gets traffic, the first one of those
	// that do. Where none does, short is true, and the healthy hosts of all get it.
	last            int
	belowMinHealthy bool
}

// PortsOf computes the state of every port.
func PortsOf(endpoints []hosts.Endpoint, v hosts.Verdicts, past Previous, policy v1alpha1.FailurePolicy) []*Port {
	byPort, ports := map[string]*Port{}, []*Port(nil)
	tiers := map[string]map[int32]*tier{}
	shared := sharedSlices(endpoints)
	undisturbed := make(map[engine.MemberID]bool, len(endpoints))
	dispensable := spareable(endpoints, v, policy)
	for _, e := range endpoints {
		if !e.Active() || e.RemovedFromDNS && dispensable[e.ID.Port] {
			continue
		}
		s := byPort[e.ID.Port]
		if s == nil {
			s = &Port{outage: past.Outage[e.ID.Port]}
			byPort[e.ID.Port], tiers[e.ID.Port] = s, map[int32]*tier{}
			ports = append(ports, s)
		}
		t := tiers[e.ID.Port][e.Tier]
		if t == nil {
			t = &tier{priority: e.Tier}
			tiers[e.ID.Port][e.Tier] = t
			s.tiers = append(s.tiers, t)
		}
		verdict, published := v[e.ID], past.Published[e.ID]
		s.endpoints = append(s.endpoints, e)
		t.count(e, verdict, published, shared[e.ID])
		undisturbed[e.ID] = verdict.State == health.Healthy
		s.publishedUnhealthy = s.publishedUnhealthy || published && verdict.State == health.Unhealthy
	}
	for id, published := range past.Published {
		if s := byPort[id.Port]; s != nil && published && !undisturbed[id] {
			s.disturbed = true
		}
	}
	for _, s := range ports {
		slices.SortFunc(s.tiers, func(a, b *tier) int { return cmp.Compare(a.priority, b.priority) })
		for _, t := range s.tiers {
			t.setNeed(policy, s.outage)
			s.quorums = append(s.quorums, &t.quorum)
		}
		s.chooseTiers()
	}
	return ports
}

// sharedSlices are the endpoints that share a slice with other ports of their host.
func sharedSlices(endpoints []hosts.Endpoint) map[engine.MemberID]bool {
	shared := map[engine.MemberID]bool{}
	for _, host := range hosts.ByHost(endpoints) {
		if len(host) == 1 {
			continue
		}
		for _, group := range hosts.ByHealth(host) {
			for _, e := range group[1:] {
				shared[group[0].ID], shared[e.ID] = true, true
			}
		}
	}
	return shared
}

// chooseTiers finds the tiers that get traffic.
//
// A tier above the active one must prove the hold-down before it counts again. If
// then no tier is left, the hold-down is waived: traffic is never left without
// hosts because of it.
func (s *Port) chooseTiers() {
	active := s.activeTier()
	for i, t := range s.tiers {
		if i < active && t.hasQuorumPastHoldDown() || i >= active && (t.hasQuorum() || s.awaitsVerdicts(i)) {
			s.last = i
			return
		}
	}
	for i, t := range s.tiers {
		if t.hasQuorum() {
			s.last = i
			return
		}
	}
	s.last, s.belowMinHealthy = len(s.tiers)-1, true
}

// activeTier is the index of the tier that carries the traffic: the last one that
// has a healthy published host, else the last one that has any. It is no memory of
// its own but what the slices say, so that a restart changes nothing about it.
func (s *Port) activeTier() int {
	for _, carries := range []func(*tier) bool{
		(*tier).carries,
		func(t *tier) bool { return t.published > 0 },
	} {
		for i, t := range slices.Backward(s.tiers) {
			if carries(t) {
				return i
			}
		}
	}
	return 0
}

// awaitsVerdicts reports whether the next tier stays on standby until the first verdicts on this
// tier's hosts are known. The verdicts on a new object's hosts come in any order, and the standby
// tier must not become active because its verdicts come first. There is no wait once a published
// host has failed, or once a lower tier is past its hold-down: a host may stay Unknown forever.
func (s *Port) awaitsVerdicts(index int) bool {
	t := s.tiers[index]
	if s.disturbed || s.outage || t.unknown == 0 || t.healthy+t.unknown < t.quorum.Need {
		return false
	}
	return !slices.ContainsFunc(s.tiers[index+1:], (*tier).hasQuorumPastHoldDown)
}

// mayActivate reports whether a healthy host of a lower tier may be published beside the tiers
// above it. It may not while the host itself fails, or the prober is isolated: verdicts change
// one after the other then, and the last one is healthy for a moment. When a network comes back,
// hosts answer in any order, and a standby host must not become active because it answered first.
// It may once the host above has failed a full threshold again, or the lower host is past the
// hold-down, or no host above stays published: then there was evidence.
func (s *Port) mayActivate(e hosts.Endpoint, v health.Verdict, staying map[int32]bool, isolated bool) bool {
	return !slices.ContainsFunc(s.tiers, func(above *tier) bool {
		return above.priority < e.Tier && staying[above.priority] &&
			(isolated || v.Failing() || above.unproven && !pastHoldDown(e, v))
	})
}

// pending reports whether some host has no verdict yet.
func (s *Port) pending() bool {
	return slices.ContainsFunc(s.tiers, func(t *tier) bool { return t.unknown > 0 })
}
