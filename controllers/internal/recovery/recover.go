package recovery

import (
	"time"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/desired"
	"github.com/external-endpoints/operator/controllers/internal/endpointslice"
	"github.com/external-endpoints/operator/controllers/internal/facts"
	"github.com/external-endpoints/operator/controllers/internal/status"
	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
)

// FromPublished makes the state of a new leader from the published objects. The slices decide what
// gets traffic; the status, which is written after them, explains them as far as it agrees:
//
//	slice says   status says              the host is taken over as
//	ready        Unhealthy, published     unhealthy but kept in (an outage)
//	ready        anything else            healthy
//	not ready    Unhealthy                unhealthy, with its reason and since when
//	not ready    Healthy, not published   healthy, on standby for other tiers
//	not ready    anything else            unhealthy until it has passed healthyThreshold
//	absent       Healthy or Unhealthy     that: the slice was lost, or leaves such hosts out
//	absent       anything else            nothing: a new host
//
// A draining host counts as unhealthy if it has a reason. If the Service publishes addresses that
// are not ready, every slice says ready, and the status decides.
//
// What a truncated status leaves out is derived in [TruncatedOf]; which name an address belongs
// to, in package file records.go.
//
// Endpoints that another writer made before there were slices of ours count like ready slices:
// their hosts get traffic, and keep it.
func FromPublished(f facts.Facts) State {
	m := NewState()
	m.Outage = PortsInOutage(f.Object)
	recollection := recordsOf(f)
	m.Records, m.UnconfirmedRecords, m.Names = recollection.records, recollection.unconfirmed, namesTold(f.Object)
	m.NamesAnnounced = m.Names // a new leader sends no event about what did not change
	told := map[engine.MemberID]v1alpha1.EndpointStatus{}
	for _, e := range f.Object.Status.Endpoints {
		if id, named := status.MemberOf(e); named {
			told[id] = e
		}
	}
	states := publishedStates(f, recollection.instance)
	untold := TruncatedOf(f, states, m.Outage, recollection)
	for id, state := range states {
		status, isTold := told[id]
		if _, decided := decidedState(status); decided && f.PublishesNotReady() {
			continue
		}
		delete(told, id)
		m.Published[id] = state.Ready && !state.Terminating
		if isTold {
			m.take(id, sliceVerdict(state, status))
		} else {
			m.take(id, health.TakenOver(untold.State(id, state), time.Time{}, ""))
		}
	}
	for id, status := range told {
		if state, decided := decidedState(status); decided {
			m.Published[id] = status.Published
			m.take(id, verdictOf(state, status))
		}
	}
	for _, id := range untold.Standbys(f.Object, m.Verdicts) {
		m.take(id, health.TakenOver(health.Healthy, time.Time{}, ""))
	}
	for id, published := range m.Published {
		m.Acknowledged[id] = desired.Acknowledgement{Published: published}
	}
	return m
}

func (m *State) take(id engine.MemberID, v health.Verdict) {
	m.Verdicts[id] = v
	m.States[id] = v.State
}

// sliceVerdict is the verdict on a host that a slice of ours lists.
func sliceVerdict(state endpointslice.State, status v1alpha1.EndpointStatus) health.Verdict {
	told, decided := decidedState(status)
	switch {
	case state.Ready && decided && told == health.Unhealthy && status.Published:
		return verdictOf(health.Unhealthy, status)
	case state.Ready, state.Serving, told == health.Healthy && !status.Published:
		return verdictOf(health.Healthy, status)
	default:
		return verdictOf(health.Unhealthy, status)
	}
}

// verdictOf is the verdict with that state, and with the status's history where
// the status is about the same state.
func verdictOf(state health.State, status v1alpha1.EndpointStatus) health.Verdict {
	told, decided := decidedState(status)
	draining := status.State == v1alpha1.EndpointDraining
	if !draining && (!decided || told != state) {
		return health.TakenOver(state, time.Time{}, "")
	}
	var since time.Time
	if status.Since != nil {
		since = status.Since.Time
	}
	return health.TakenOver(state, since, probes.Reason(status.Reason))
}

// decidedState is the verdict in a status line, if it has one.
func decidedState(status v1alpha1.EndpointStatus) (health.State, bool) {
	switch {
	case status.State == v1alpha1.EndpointHealthy:
		return health.Healthy, true
	case status.State == v1alpha1.EndpointUnhealthy,
		status.State == v1alpha1.EndpointDraining && status.Reason != "":
		return health.Unhealthy, true
	default:
		return health.Unknown, false
	}
}

// Recover makes the state of a new leader. For an object in mode Observe the slices decide which
// hosts get traffic, but the status decides about health: no leader has updated the slices.
func Recover(f facts.Facts) State {
	m := FromPublished(f)
	if !f.Observes() {
		return m
	}
	for _, line := range f.Object.Status.Endpoints {
		id, named := status.MemberOf(line)
		if state, decided := decidedState(line); named && decided {
			m.take(id, verdictOf(state, line))
		}
	}
	return m
}
