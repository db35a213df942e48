package status

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/desired"
	"github.com/external-endpoints/operator/controllers/internal/failover"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/controllers/internal/text"
	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
)

// NotInSpec counts the listed endpoints that the spec does not have any more.
func NotInSpec(l hosts.Layout, listed map[engine.MemberID]bool) int {
	left := maps.Clone(listed)
	for _, e := range l.Endpoints {
		delete(left, e.ID)
	}
	return len(left)
}

// AwaitsVerdict reports whether the first verdict on some host is still to come.
func AwaitsVerdict(l hosts.Layout, v hosts.Verdicts) bool {
	for _, e := range l.Endpoints {
		if e.Active() && v[e.ID].State == health.Unknown {
			return true
		}
	}
	return false
}

// MemberOf is the member that a status line is about; false: the line has no address.
func MemberOf(e v1alpha1.EndpointStatus) (engine.MemberID, bool) {
	address, err := netip.ParseAddr(e.Address)
	if err != nil {
		return engine.MemberID{}, false
	}
	id := engine.MemberID{Address: address, Port: e.Port}
	if (v1alpha1.Host{Address: e.Host}).IsSRV() {
		id.Instance = uint16(e.TargetPort)
	}
	return id, true
}

// Report is the outcome of a reconcile, from which the status is composed.
type Report struct {
	Acceptance desired.Acceptance
	Endpoints  []v1alpha1.EndpointStatus
	// Shares are the Active hosts by tier, in the order of the tiers.
	Shares []failover.Share
	// Outage: too few hosts are healthy, so that Action decides which are published.
	Outage bool
	Action v1alpha1.FailureAction
	// Isolated: hosts fail, and the prober has lost its network.
	Isolated bool
	// Backlog is by how much a limit delays probes.
	Backlog engine.Backlog
	// NotInSpec counts what our slices publish and the spec no longer has.
	NotInSpec int
	// Names are the reports on names; Overflow: some of their addresses are left out because the
	// object has too many hosts.
	Names    []hosts.NameReport
	Overflow bool
	// TrafficBlocker keeps traffic from hosts that are published.
	TrafficBlocker TrafficBlocker
	// Pending: some host has no verdict yet, or some name no answer.
	Pending    bool
	Programmed Programmed
}

// Programmed is how far the API server has what was decided.
type Programmed struct {
	Reason, Message string
}

// Compose composes the status from the report and the status before. It is a
// function of what is believed, not of when: at rest it does not change.
func Compose(object *v1alpha1.ExternalService, r Report, now metav1.Time) v1alpha1.ExternalServiceStatus {
	status := v1alpha1.ExternalServiceStatus{
		ObservedGeneration: object.Generation,
		ServiceName:        object.EffectiveServiceName(),
		Hosts:              CountHosts(r.Endpoints),
		Conditions:         slices.Clone(object.Status.Conditions),
	}
	setConditions(&status.Conditions, clipped(conditionsFor(r, status.Hosts)), object.Generation, now)
	status.Endpoints, status.Truncated = truncate(r.Endpoints)
	return status
}

// EndpointStatuses has a line for every endpoint, and for names that have none, sorted by host,
// address and port.
func EndpointStatuses(spec v1alpha1.ExternalServiceSpec, l hosts.Layout, v hosts.Verdicts, d failover.Decision) []v1alpha1.EndpointStatus {
	statuses := unresolvedStatuses(spec, l)
	for _, e := range l.Endpoints {
		verdict := v[e.ID]
		status := v1alpha1.EndpointStatus{
			Host:       e.Host,
			Address:    e.ID.Address.String(),
			Port:       e.ID.Port,
			TargetPort: e.SlicePort.Number,
			State:      StateOf(e, verdict),
			Published:  d.Published[e.ID],
		}
		if e.Denied {
			status.Reason = string(probes.AddressDenied)
		}
		if e.Probed() && e.Check.Err == nil {
			status.Reason = string(verdict.Reason)
			if !verdict.Since.IsZero() {
				since := metav1.NewTime(verdict.Since).Rfc3339Copy()
				status.Since = &since
			}
		}
		statuses = append(statuses, status)
	}
	slices.SortStableFunc(statuses, func(a, b v1alpha1.EndpointStatus) int {
		return cmp.Or(compareHosts(a.Host, b.Host), compareHosts(a.Address, b.Address), cmp.Compare(a.Port, b.Port),
			cmp.Compare(a.TargetPort, b.TargetPort))
	})
	return statuses
}

// HostKey is what makes lines of a status lines about one host: of a name each
// address is one, of an SRV name each address and port.
type HostKey struct {
	host, address string
	port          int32
}

// HostOf returns the host that a line of the status is about.
func HostOf(e v1alpha1.EndpointStatus) HostKey {
	key := HostKey{host: e.Host, address: e.Address}
	if (v1alpha1.Host{Address: e.Host}).IsSRV() {
		key.port = e.TargetPort
	}
	return key
}

// CountHosts counts hosts; one is healthy or published when it is on every port. A
// name without an address counts as one, and so do the denied ones of a name.
func CountHosts(endpoints []v1alpha1.EndpointStatus) v1alpha1.HostCounts {
	type ports struct{ all, healthy, published, disabled int }
	hosts := map[HostKey]ports{}
	for _, e := range endpoints {
		h := hosts[HostOf(e)]
		h.all++
		if e.State == v1alpha1.EndpointHealthy {
			h.healthy++
		}
		if e.State == v1alpha1.EndpointDisabled {
			h.disabled++
		}
		if e.Published {
			h.published++
		}
		hosts[HostOf(e)] = h
	}
	var c v1alpha1.HostCounts
	for _, h := range hosts {
		if h.disabled > 0 {
			continue
		}
		c.Total++
		if h.healthy == h.all {
			c.Healthy++
		}
		if h.published == h.all {
			c.Published++
		}
	}
	c.Summary = fmt.Sprintf("%d/%d", c.Healthy, c.Total)
	return c
}

// truncate bounds the list, because every client that watches the object receives it: the
// unhealthy endpoints come first.
func truncate(endpoints []v1alpha1.EndpointStatus) ([]v1alpha1.EndpointStatus, bool) {
	if len(endpoints) <= v1alpha1.MaxStatusEndpoints {
		return endpoints, false
	}
	sorted := slices.Clone(endpoints)
	slices.SortStableFunc(sorted, func(a, b v1alpha1.EndpointStatus) int {
		return cmp.Compare(urgency(a), urgency(b))
	})
	return sorted[:v1alpha1.MaxStatusEndpoints], true
}

// clipped bounds the messages: what is wrong with each of many checks may fill pages.
func clipped(conditions []metav1.Condition) []metav1.Condition {
	for i := range conditions {
		conditions[i].Message = text.Clip(conditions[i].Message)
	}
	return conditions
}

// ShortEndpoints is how many endpoints a status lists that did not fit otherwise.
const ShortEndpoints = 5

// Shortened is a status that takes a few kilobytes.
func Shortened(status v1alpha1.ExternalServiceStatus) v1alpha1.ExternalServiceStatus {
	if len(status.Endpoints) <= ShortEndpoints {
		return status
	}
	sorted := slices.Clone(status.Endpoints)
	slices.SortStableFunc(sorted, func(a, b v1alpha1.EndpointStatus) int { return cmp.Compare(urgency(a), urgency(b)) })
	status.Endpoints, status.Truncated = sorted[:ShortEndpoints], true
	return status
}

// urgency orders endpoints: first those that need attention, last those whose state a new leader
// also finds in the slices: a ready endpoint is healthy.
func urgency(e v1alpha1.EndpointStatus) int {
	switch {
	case e.State == v1alpha1.EndpointUnhealthy:
		return 0
	case e.State == v1alpha1.EndpointDenied:
		return 1
	case e.State != v1alpha1.EndpointHealthy:
		return 2
	case !e.Published:
		return 3
	default:
		return 4
	}
}

// StateOf is the endpoint's state as the status shows it.
func StateOf(e hosts.Endpoint, verdict health.Verdict) v1alpha1.EndpointState {
	switch {
	case e.Denied:
		return v1alpha1.EndpointDenied
	case e.Intent == v1alpha1.HostDisabled:
		return v1alpha1.EndpointDisabled
	case e.Intent == v1alpha1.HostDrain:
		return v1alpha1.EndpointDraining
	case e.Check.Err != nil:
		return v1alpha1.EndpointUnknown // the last verdict may be stale: the check cannot run
	default:
		return v1alpha1.EndpointState(verdict.State.String())
	}
}
