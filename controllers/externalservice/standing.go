package externalservice

import (
	"cmp"
	"slices"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
)

// standing is how one port of the Service stands: what decides who gets its traffic.
type standing struct {
	// endpoints are the Active ones, without those that DNS has dropped and that can
	// be spared.
	endpoints []endpoint
	// tiers come in the order of their priority.
	tiers []*tier
	// outage: the failure policy was in force in the decision before.
	outage bool
	// hurt: some published host is unhealthy.
	hurt bool
	// disturbed: some host that was published is not Active and Healthy any more.
	disturbed bool

	// last is the index of the last tier that gets traffic, the first one of those
	// that do. Where none does, short is true, and the healthy hosts of all get it.
	last  int
	short bool
}

// standingsOf finds out how every port stands.
func standingsOf(endpoints []endpoint, v verdicts, past previous, policy v1alpha1.FailurePolicy) []*standing {
	byPort, ports := map[string]*standing{}, []*standing(nil)
	tiers := map[string]map[int32]*tier{}
	shared := sharedSlices(endpoints)
	undisturbed := make(map[engine.MemberID]bool, len(endpoints))
	dispensable := dispensable(endpoints, v, policy)
	for _, e := range endpoints {
		if !e.active() || e.leaving && dispensable[e.id.Port] {
			continue
		}
		s := byPort[e.id.Port]
		if s == nil {
			s = &standing{outage: past.outage[e.id.Port]}
			byPort[e.id.Port], tiers[e.id.Port] = s, map[int32]*tier{}
			ports = append(ports, s)
		}
		t := tiers[e.id.Port][e.tier]
		if t == nil {
			t = &tier{priority: e.tier}
			tiers[e.id.Port][e.tier] = t
			s.tiers = append(s.tiers, t)
		}
		verdict, published := v[e.id], past.published[e.id]
		s.endpoints = append(s.endpoints, e)
		t.count(e, verdict, published, shared[e.id])
		undisturbed[e.id] = verdict.State == health.Healthy
		s.hurt = s.hurt || published && verdict.State == health.Unhealthy
	}
	for id, published := range past.published {
		if s := byPort[id.Port]; s != nil && published && !undisturbed[id] {
			s.disturbed = true
		}
	}
	for _, s := range ports {
		slices.SortFunc(s.tiers, func(a, b *tier) int { return cmp.Compare(a.priority, b.priority) })
		for _, t := range s.tiers {
			t.settle(policy, s.outage)
		}
		s.choose()
	}
	return ports
}

// sharedSlices are the endpoints that share a slice with other ports of their host.
func sharedSlices(endpoints []endpoint) map[engine.MemberID]bool {
	shared := map[engine.MemberID]bool{}
	for _, host := range byHost(endpoints) {
		if len(host) == 1 {
			continue
		}
		for _, group := range byHealth(host) {
			for _, e := range group[1:] {
				shared[group[0].id], shared[e.id] = true, true
			}
		}
	}
	return shared
}

// choose finds the tiers that get traffic.
//
// A tier above the active one must prove the hold-down before it counts again. If
// then no tier is left, the hold-down is waived: traffic is never left without
// hosts because of it.
func (s *standing) choose() {
	active := s.activeTier()
	for i, t := range s.tiers {
		if i < active && t.proved() || i >= active && (t.does() || s.awaits(i)) {
			s.last = i
			return
		}
	}
	for i, t := range s.tiers {
		if t.does() {
			s.last = i
			return
		}
	}
	s.last, s.short = len(s.tiers)-1, true
}

// activeTier is the index of the tier that carries the traffic: the last one that
// has a healthy published host, else the last one that has any. It is no memory of
// its own but what the slices say, so that a restart changes nothing about it.
func (s *standing) activeTier() int {
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

// awaits reports whether the first verdicts on a tier's hosts are awaited before
// the next tier is called: at the birth of an object they come in any order, and
// the standby tier's must not draw the traffic because they come first. Nobody
// waits once a host that had traffic is gone, nor when a tier further down has
// proved itself: a host may stay without a verdict for ever.
func (s *standing) awaits(index int) bool {
	t := s.tiers[index]
	if s.disturbed || s.outage || t.unknown == 0 || t.healthy+t.unknown < t.enough {
		return false
	}
	return !slices.ContainsFunc(s.tiers[index+1:], (*tier).proved)
}

// called reports whether a healthy host of a lower tier is called for by those above it,
// which get traffic. One that fails itself is not, nor is any by a prober that has no
// network: verdicts fall one after the other then, and the last one looks well for a
// moment. When a network comes back, hosts are heard again in any order, and who stands
// by must not draw the traffic because it was first. Nobody waits once the host above
// has failed a full threshold again, or the lower one has proved the hold-down, or
// when none of those above stays published: then the evidence was there.
func (s *standing) called(e endpoint, v health.Verdict, staying map[int32]bool, isolated bool) bool {
	return !slices.ContainsFunc(s.tiers, func(above *tier) bool {
		return above.priority < e.tier && staying[above.priority] &&
			(isolated || v.Failing() || above.doubted && !held(e, v))
	})
}

// pending reports whether some host has no verdict yet.
func (s *standing) pending() bool {
	return slices.ContainsFunc(s.tiers, func(t *tier) bool { return t.unknown > 0 })
}
