package recovery

import (
	"maps"
	"net/netip"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/endpointslice"
	"github.com/external-endpoints/operator/controllers/internal/facts"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
)

// truncated guesses how a host is that a slice lists and a status leaves out because
// it is too long. A status lists the unhealthy first, and those that are healthy and
// published last.
type truncated struct {
	// keptIn are ports where a host that is ready may be one that an outage keeps.
	keptIn map[string]bool
	// tiers are the priorities of hosts of which healthy ones may be left out though
	// they are not published; last is by port the last priority with a ready host.
	tiers map[netip.Addr]int32
	last  map[string]int32
}

// TruncatedOf reads from a truncated status where it was cut; zero: it is complete.
func TruncatedOf(f facts.Facts, states map[engine.MemberID]endpointslice.State, outage map[string]bool, r Records) truncated {
	var u truncated
	told := f.Object.Status.Endpoints
	if !f.Object.Status.Truncated || len(told) == 0 {
		return u
	}
	switch lastTold := told[len(told)-1]; {
	case lastTold.State == v1alpha1.EndpointUnhealthy:
		u.keptIn = maps.Clone(outage)
		for _, e := range told {
			// PublishNone keeps hosts without evidence against them: all of them, or few.
			if !e.Published && f.Object.Spec.FailurePolicy.EffectiveAction() == v1alpha1.ActionPublishNone {
				delete(u.keptIn, e.Port)
			}
		}
	case lastTold.State == v1alpha1.EndpointHealthy && !lastTold.Published:
		u.tiers, u.last = map[netip.Addr]int32{}, map[string]int32{}
		for _, host := range f.Object.Spec.Hosts {
			for _, record := range r.records[host.Address] {
				u.tiers[record.Address] = host.Priority + int32(record.Priority)
			}
			if address, err := netip.ParseAddr(host.Address); err == nil {
				u.tiers[address] = host.Priority
			}
		}
		for id, state := range states {
			if state.Ready {
				u.last[id.Port] = max(u.last[id.Port], u.tiers[id.Address])
			}
		}
	}
	return u
}

// State is the state that a host is taken over with. A host that is not ready is healthy only if
// it is on standby for a ready tier: a dead host that counts as healthy in an active tier would
// be published.
func (u truncated) State(id engine.MemberID, listed endpointslice.State) health.State {
	tier, known := u.tiers[id.Address]
	last, carries := u.last[id.Port]
	switch {
	case listed.Ready && u.keptIn[id.Port]:
		return health.Unhealthy
	case listed.Ready, listed.Serving, known && carries && tier > last:
		return health.Healthy
	default:
		return health.Unhealthy
	}
}

// Standbys are the standby hosts that are in no slice, because such hosts are left out. If the
// status belongs to an older spec there are none: a host that was added since would be among
// them.
func (u truncated) Standbys(object *v1alpha1.ExternalService, known map[engine.MemberID]health.Verdict) []engine.MemberID {
	if object.Status.ObservedGeneration != object.Generation {
		return nil
	}
	var ids []engine.MemberID
	for address, tier := range u.tiers {
		for _, port := range object.Spec.Ports {
			id := engine.MemberID{Address: address, Port: port.Name}
			if _, told := known[id]; told {
				continue
			}
			if last, carries := u.last[port.Name]; carries && tier > last {
				ids = append(ids, id)
			}
		}
	}
	return ids
}
