package hosts

import (
	"net/netip"

	corev1 "k8s.io/api/core/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/checks"
	"github.com/external-endpoints/operator/controllers/internal/endpointslice"
	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
)

// Endpoint is one host on one port of the Service: the unit that is checked,
// judged and published.
type Endpoint struct {
	ID engine.MemberID
	// Host is the host as in the spec: the address, or the name that leads to it.
	Host string
	// Intent is what the user wants of the host.
	Intent v1alpha1.HostState
	// Denied: the address policy forbids the host; it is neither checked nor published.
	Denied bool
	// RemovedFromDNS: DNS has dropped the address for good. It goes once others carry the
	// port without it; see leaving.go.
	RemovedFromDNS bool
	// Tier is the host's priority and that of its SRV record, lower first.
	Tier int32

	// SlicePort is the port as the slice names it, with this host's number.
	SlicePort      endpointslice.Port
	Hostname, Zone string

	// Check says how the endpoint is checked; aim is where.
	Check  *checks.Check
	Target netip.AddrPort
}

// Active reports whether the endpoint is to get traffic while it is healthy.
func (e Endpoint) Active() bool { return e.Intent == v1alpha1.HostActive && !e.Denied }

// Probed reports whether the endpoint is probed.
func (e Endpoint) Probed() bool { return e.Intent != v1alpha1.HostDisabled && !e.Denied }

// Verdicts are what the engine believes of an object's endpoints.
type Verdicts = map[engine.MemberID]health.Verdict

// FamilyOf is the address family; an IPv4-mapped IPv6 address is IPv4.
func FamilyOf(address netip.Addr) corev1.IPFamily {
	if address.Unmap().Is4() {
		return corev1.IPv4Protocol
	}
	return corev1.IPv6Protocol
}

// Target is where an endpoint is probed, and with which check.
type Target struct {
	address netip.AddrPort
	check   probes.CheckKey
}

// TargetOf returns the target of an endpoint that is probed.
func TargetOf(e Endpoint) Target { return Target{address: e.Target, check: e.Check.Key} }
