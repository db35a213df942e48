package hosts

import (
	"math"
	"net/netip"
	"slices"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/checks"
	"github.com/external-endpoints/operator/controllers/internal/endpointslice"
	"github.com/external-endpoints/operator/probes/engine"
)

// Layout is the spec laid out in endpoints, in the order of its hosts and ports.
type Layout struct {
	Endpoints []Endpoint
	// Unresolved are names, or denied addresses of names, that have no endpoint.
	Unresolved []Unresolved
	// Names are the reports on names, in the order of the spec.
	Names []NameReport
	// Invalid are hosts whose address cannot be read. The API server refuses
	// them; one that slipped by must not take the others with it.
	Invalid []string
	// Overflow: the names give more hosts than an object may have.
	Overflow bool
	// Exceeded says which limit the spec exceeds; empty: none.
	Exceeded string
	// Err is what is wrong with checks, naming their fields. The endpoints are there
	// all the same: a check that cannot be run says nothing about a host.
	Err error
}

// Unresolved is a host without an address that may be shown: a name that has none, or
// one of which the policy denies some.
type Unresolved struct {
	Host v1alpha1.Host
	// Denied: the name has addresses that are denied.
	Denied bool
}

// Awaited reports whether the first lookup of some name is awaited.
func (l Layout) Awaited() bool {
	return slices.ContainsFunc(l.Names, func(n NameReport) bool { return n.awaited })
}

// builder lays out a spec.
type builder struct {
	spec      v1alpha1.ExternalServiceSpec
	portNames map[string]string
	policy    func(netip.Addr) error
	watches   checks.Ports
}

// Endpoints lays the spec out. portNames are the Service's names for the spec's
// ports; policy says which addresses are allowed; r is what the checks refer to; n
// is what the names mean.
func Endpoints(spec v1alpha1.ExternalServiceSpec, portNames map[string]string, policy func(netip.Addr) error,
	r checks.References, n Names,
) Layout {
	r.AddressesOnly = literal(spec.Hosts)
	d := &builder{spec: spec, portNames: portNames, policy: policy, watches: checks.ForPorts(spec, r)}
	var l Layout
	holdings := n.claims(spec, policy)
	l.Overflow = n.limit(spec, holdings)
	for i, host := range spec.Hosts {
		address, err := netip.ParseAddr(host.Address)
		switch {
		case err == nil:
			l.Endpoints = append(l.Endpoints, d.endpoints(host, location{address: address})...)
		case !isDomain(host.Address):
			l.Invalid = append(l.Invalid, host.Address)
		default:
			for _, p := range holdings[i].locations {
				l.Endpoints = append(l.Endpoints, d.endpoints(host, p)...)
			}
			l.Unresolved = append(l.Unresolved, holdings[i].unresolved(host)...)
			if AsksFor(host) && !n.denies(host) {
				l.Names = append(l.Names, n.report(host, spec.Resolution.EffectiveMaxAddresses()))
			}
		}
	}
	l.Err = d.watches.Err()
	return l
}

// location is where a host is: of a literal its address, of a name what one of its
// records says.
type location struct {
	address netip.Addr
	// port is that of an SRV record; 0: the host's target ports.
	port uint16
	// tier is added to the host's priority.
	tier uint16
	// removedFromDNS: DNS has dropped the record for good.
	removedFromDNS bool
}

// endpoints lays one place of a host out on all ports.
func (d *builder) endpoints(host v1alpha1.Host, at location) []Endpoint {
	denied := d.policy(at.address) != nil
	list := make([]Endpoint, 0, len(d.spec.Ports))
	for i, port := range d.spec.Ports {
		w := d.watches.For(i, host)
		list = append(list, Endpoint{
			ID:             engine.MemberID{Address: at.address, Port: port.Name, Instance: at.port},
			Host:           host.Address,
			Intent:         IntentOf(host),
			Denied:         denied,
			RemovedFromDNS: at.removedFromDNS,
			Tier:           int32(min(int64(host.Priority)+int64(at.tier), math.MaxInt32)),
			SlicePort:      slicePort(host, port, at.port, d.portNames),
			Hostname:       host.Hostname,
			Zone:           host.Zone,
			Check:          w,
			Target:         netip.AddrPortFrom(at.address, checkPort(host, port, at.port, w.Spec)),
		})
	}
	return list
}

// literal reports whether every host is an IP address. The owner of a name's DNS zone decides
// where the name leads to.
func literal(hosts []v1alpha1.Host) bool { return !slices.ContainsFunc(hosts, v1alpha1.Host.IsName) }

// IntentOf is the state in the spec; Active by default.
func IntentOf(host v1alpha1.Host) v1alpha1.HostState {
	if host.State == "" {
		return v1alpha1.HostActive
	}
	return host.State
}

func slicePort(host v1alpha1.Host, port v1alpha1.Port, record uint16, names map[string]string) endpointslice.Port {
	name, renamed := names[port.Name]
	if !renamed {
		name = port.Name
	}
	p := endpointslice.Port{Name: name, Protocol: port.EffectiveProtocol(), Number: targetPort(host, port, record)}
	if port.AppProtocol != "" {
		p.AppProtocol = &port.AppProtocol
	}
	return p
}

// targetPort is the port of the host: that of its SRV record, else its own, else
// that of the spec's port.
func targetPort(host v1alpha1.Host, port v1alpha1.Port, record uint16) int32 {
	if record != 0 {
		return int32(record)
	}
	return host.TargetPort(port)
}

// checkPort is the port that the check connects to: its own, else the host's traffic port.
func checkPort(host v1alpha1.Host, port v1alpha1.Port, record uint16, check v1alpha1.HealthCheck) uint16 {
	if check.Port != 0 {
		return uint16(check.Port)
	}
	return uint16(targetPort(host, port, record))
}
