package externalservice

import (
	"slices"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
)

// decision says of every endpoint whether it gets traffic.
type decision struct {
	published map[engine.MemberID]bool
	// drafted are those of the published that only PublishAll has put in.
	drafted map[engine.MemberID]bool
	// aims are where the endpoints are checked, by which they are known again when
	// their port gets another name.
	aims map[engine.MemberID]aim
	// outage holds the ports where the failure policy is in force.
	outage map[string]bool
	// isolated: hosts fail, and the prober has lost its network.
	isolated bool
	// pending: some host has no verdict yet.
	pending bool
}

// ends reports whether an outage is over that there was by the decision before. To leave
// it took more healthy hosts, or steadier ones, than are enough from now on, so that another
// tier may carry the traffic to who looks again: that is to be us, and not whoever comes next.
func (d decision) ends(before previous) bool {
	for port := range before.outage {
		if before.outage[port] && !d.outage[port] {
			return true
		}
	}
	return false
}

// decide applies the rules to the latest verdicts, port by port. It knows four
// moves: healthy hosts of the tiers that carry the traffic go in, what the user
// takes out goes out, everybody else who is published goes to the gate, and
// PublishAll puts in whom no rule would.
func (r rules) decide(endpoints []endpoint, v verdicts, before previous) decision {
	past := before.recall(endpoints)
	d := decision{
		published: make(map[engine.MemberID]bool, len(endpoints)),
		drafted:   map[engine.MemberID]bool{},
		aims:      make(map[engine.MemberID]aim, len(endpoints)),
		outage:    map[string]bool{},
		isolated:  r.isolates(endpoints, v),
	}
	for _, s := range standingsOf(endpoints, v, past, r.policy) {
		d.pending = d.pending || s.pending()
		r.decidePort(s, v, past, d)
	}
	d.keepTogether(endpoints)
	for _, e := range endpoints {
		d.aims[e.id] = aimOf(e)
		// Unhealthy hosts are put in by nobody else. They stay drafted until they are
		// healthy; those that were published before are kept for their own sake.
		if d.published[e.id] && v[e.id].State != health.Healthy && (past.drafted[e.id] || !past.published[e.id]) {
			d.drafted[e.id] = true
		}
	}
	return d
}

func (r rules) decidePort(s *standing, v verdicts, past previous, d decision) {
	gate := gate{standing: s, action: r.policy.EffectiveAction(), network: r.network}
	carrying := s.tiers[s.last].priority
	anyHeld := false
	staying := map[int32]bool{} // tiers that keep hosts published
	for _, e := range s.endpoints {
		verdict, standby := v[e.id], e.tier > carrying
		switch {
		case !past.published[e.id]:
			d.published[e.id] = false
		case !standby && verdict.State == health.Healthy:
			d.published[e.id] = true
		default:
			passage := gate.ask(candidate{
				verdict: verdict, thresholds: thresholds(e.watch.spec),
				standby: standby, drafted: past.drafted[e.id],
			})
			d.published[e.id] = passage != pass
			anyHeld = anyHeld || passage == hold
		}
		staying[e.tier] = staying[e.tier] || d.published[e.id]
	}
	for _, e := range s.endpoints {
		if verdict := v[e.id]; !past.published[e.id] && e.tier <= carrying && verdict.State == health.Healthy {
			d.published[e.id] = s.called(e, verdict, staying, r.network.Isolated) && (s.short || e.tier == carrying || held(e, verdict))
		}
	}
	if len(s.endpoints) == 0 || !r.inForce(s, anyHeld) {
		return
	}
	port := s.endpoints[0].id.Port
	d.outage[port] = true
	if gate.action != v1alpha1.ActionPublishAll {
		return
	}
	for _, e := range s.endpoints {
		if v[e.id].State != health.Unknown {
			d.published[e.id] = true
		}
	}
}

// keepTogether publishes a host on all the ports that share a slice, or on none:
// a slice says one thing for all of them, and the witnesses of one port may be
// better than those of another.
func (d decision) keepTogether(endpoints []endpoint) {
	for _, host := range byHost(endpoints) {
		if len(host) == 1 {
			continue
		}
		for _, group := range byHealth(host) {
			in := slices.ContainsFunc(group, func(e endpoint) bool { return d.published[e.id] })
			for _, e := range group {
				d.published[e.id] = in
			}
		}
	}
}
