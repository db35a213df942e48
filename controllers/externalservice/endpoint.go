package externalservice

import (
	"net/netip"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/endpointslice"
	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/health"
)

// endpoint is one host on one port of the Service: the unit that is checked,
// judged and published.
type endpoint struct {
	id engine.MemberID
	// host is the host as in the spec: the address, or the name that leads to it.
	host string
	// intent is what the user wants of the host.
	intent v1alpha1.HostState
	// denied: the address policy forbids the host; it is neither checked nor published.
	denied bool
	// leaving: DNS has dropped the address for good. It goes once others carry the
	// port without it; see leaving.go.
	leaving bool
	// tier is the host's priority and that of its SRV record, lower first.
	tier int32

	// slicePort is the port as the slice names it, with this host's number.
	slicePort      endpointslice.Port
	hostname, zone string

	// watch says how the endpoint is checked; aim is where.
	watch *watch
	aim   netip.AddrPort
}

// active reports whether the endpoint is to get traffic while it is healthy.
func (e endpoint) active() bool { return e.intent == v1alpha1.HostActive && !e.denied }

// watched reports whether the endpoint is probed.
func (e endpoint) watched() bool { return e.intent != v1alpha1.HostDisabled && !e.denied }

// watch is how the hosts are checked on one port, every default filled in.
type watch struct {
	spec  v1alpha1.HealthCheck
	check *probes.Check
	key   probes.CheckKey
	// err is why the check cannot be run, if it cannot. Its hosts then keep their
	// verdicts, of which nobody knows whether they still hold.
	err error
}

// verdicts are what the engine believes of an object's endpoints.
type verdicts = map[engine.MemberID]health.Verdict
