package failover

import (
	"slices"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/checks"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/evidence"
	"github.com/external-endpoints/operator/probes/health"
)

// Decision says of every endpoint whether it gets traffic.
type Decision struct {
	Published map[engine.MemberID]bool
	// PublishedByPolicy are those of the published that only PublishAll has put in.
	PublishedByPolicy map[engine.MemberID]bool
	// Targets are where the endpoints are checked, by which they are known again when
	// their port gets another name.
	Targets map[engine.MemberID]hosts.Target
	// Outage holds the ports where the failure policy is in force.
	Outage map[string]bool
	// Isolated: hosts fail, and the prober has lost its network.
	Isolated bool
	// Pending: some host has no verdict yet.
	Pending bool
}

// OutageEnded reports whether the decision ends an outage of the previous one. To end an outage
// takes more healthy hosts, or hosts past the hold-down, than are enough afterwards. So the next
// decision may choose another tier, and must be made at once: otherwise a new leader would be
// the first to make it.
func (d Decision) OutageEnded(before Previous) bool {
	for port := range before.Outage {
		if before.Outage[port] && !d.Outage[port] {
			return true
		}
	}
	return false
}

// Decide applies the rules to the latest verdicts, port by port. There are four cases: healthy
// hosts of the active tiers are added, hosts that the user removes are removed, every other
// published host must pass the removal gate, and PublishAll adds the rest.
func (r Rules) Decide(endpoints []hosts.Endpoint, v hosts.Verdicts, before Previous) Decision {
	past := before.Renamed(endpoints)
	d := Decision{
		Published:         make(map[engine.MemberID]bool, len(endpoints)),
		PublishedByPolicy: map[engine.MemberID]bool{},
		Targets:           make(map[engine.MemberID]hosts.Target, len(endpoints)),
		Outage:            map[string]bool{},
		Isolated:          r.isolates(endpoints, v),
	}
	for _, s := range PortsOf(endpoints, v, past, r.Policy) {
		d.Pending = d.Pending || s.pending()
		r.decidePort(s, v, past, d)
	}
	d.keepTogether(endpoints)
	for _, e := range endpoints {
		d.Targets[e.ID] = hosts.TargetOf(e)
		// Only the policy adds unhealthy hosts. They stay marked until they are healthy; hosts that
		// were published before are kept for their own sake.
		if d.Published[e.ID] && v[e.ID].State != health.Healthy && (past.PublishedByPolicy[e.ID] || !past.Published[e.ID]) {
			d.PublishedByPolicy[e.ID] = true
		}
	}
	return d
}

func (r Rules) decidePort(s *Port, v hosts.Verdicts, past Previous, d Decision) {
	gate := Gate{Port: s, Action: r.Policy.EffectiveAction(), Network: r.Network}
	carrying := s.tiers[s.last].priority
	anyHeld := false
	staying := map[int32]bool{} // tiers that keep hosts published
	for _, e := range s.endpoints {
		verdict, standby := v[e.ID], e.Tier > carrying
		switch {
		case !past.Published[e.ID]:
			d.Published[e.ID] = false
		case !standby && verdict.State == health.Healthy:
			d.Published[e.ID] = true
		default:
			removal := gate.Removal(Candidate{
				Verdict: verdict, Thresholds: checks.Thresholds(e.Check.Spec),
				standby: standby, PublishedByPolicy: past.PublishedByPolicy[e.ID],
			})
			d.Published[e.ID] = removal != evidence.Allowed
			anyHeld = anyHeld || removal == evidence.Held
		}
		staying[e.Tier] = staying[e.Tier] || d.Published[e.ID]
	}
	for _, e := range s.endpoints {
		if verdict := v[e.ID]; !past.Published[e.ID] && e.Tier <= carrying && verdict.State == health.Healthy {
			activates := s.belowMinHealthy || e.Tier == carrying || pastHoldDown(e, verdict)
			d.Published[e.ID] = activates && s.mayActivate(e, verdict, staying, r.Network.Isolated)
		}
	}
	if len(s.endpoints) == 0 || !r.inForce(s, anyHeld) {
		return
	}
	port := s.endpoints[0].ID.Port
	d.Outage[port] = true
	if gate.Action != v1alpha1.ActionPublishAll {
		return
	}
	for _, e := range s.endpoints {
		if v[e.ID].State != health.Unknown {
			d.Published[e.ID] = true
		}
	}
}

// keepTogether publishes a host on all the ports that share a slice, or on none:
// a slice says one thing for all of them, and the witnesses of one port may be
// better than those of another.
func (d Decision) keepTogether(endpoints []hosts.Endpoint) {
	for _, host := range hosts.ByHost(endpoints) {
		if len(host) == 1 {
			continue
		}
		for _, group := range hosts.ByHealth(host) {
			in := slices.ContainsFunc(group, func(e hosts.Endpoint) bool { return d.Published[e.ID] })
			for _, e := range group {
				d.Published[e.ID] = in
			}
		}
	}
}
