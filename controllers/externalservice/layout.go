package externalservice

import (
	"math"
	"net/netip"
	"slices"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/endpointslice"
	"github.com/external-endpoints/operator/probes/engine"
)

// layout is the spec laid out in endpoints, in the order of its hosts and ports.
type layout struct {
	endpoints []endpoint
	// bare are names, or what is denied of them, that no endpoint stands for.
	bare []bare
	// names are what is to be told of names as such, in the order of the spec.
	names []nameReport
	// invalid are hosts whose address cannot be read. The API server refuses
	// them; one that slipped by must not take the others with it.
	invalid []string
	// overflow: the names give more hosts than an object may have.
	overflow bool
	// exceeded says which limit the spec exceeds; empty: none.
	exceeded string
	// err is what is wrong with checks, naming their fields. The endpoints are there
	// all the same: a check that cannot be run says nothing about a host.
	err error
}

// bare is a host without an address that may be shown: a name that has none, or
// one of which the policy denies some.
type bare struct {
	host v1alpha1.Host
	// denied: the name has addresses that are denied.
	denied bool
}

// awaited reports whether the first lookup of some name is awaited.
func (l layout) awaited() bool {
	return slices.ContainsFunc(l.names, func(n nameReport) bool { return n.awaited })
}

// drafter lays out a spec.
type drafter struct {
	spec      v1alpha1.ExternalServiceSpec
	portNames map[string]string
	policy    func(netip.Addr) error
	watches   watches
}

// layOut lays the spec out. portNames are the Service's names for the spec's
// ports; policy says which addresses are allowed; r is what the checks refer to; n
// is what the names mean.
func layOut(spec v1alpha1.ExternalServiceSpec, portNames map[string]string, policy func(netip.Addr) error,
	r referents, n names,
) layout {
	r.literal = literal(spec.Hosts)
	d := &drafter{spec: spec, portNames: portNames, policy: policy, watches: newWatches(spec, r)}
	var l layout
	holdings := n.claims(spec, policy)
	l.overflow = n.fit(spec, holdings)
	for i, host := range spec.Hosts {
		address, err := netip.ParseAddr(host.Address)
		switch {
		case err == nil:
			l.endpoints = append(l.endpoints, d.endpoints(host, place{address: address})...)
		case !isDomain(host.Address):
			l.invalid = append(l.invalid, host.Address)
		default:
			for _, p := range holdings[i].places {
				l.endpoints = append(l.endpoints, d.endpoints(host, p)...)
			}
			l.bare = append(l.bare, holdings[i].bare(host)...)
			if asksFor(host) && !n.denies(host) {
				l.names = append(l.names, n.report(host, spec.Resolution.EffectiveMaxAddresses()))
			}
		}
	}
	l.err = d.watches.err()
	return l
}

// place is where a host is: of a literal its address, of a name what one of its
// records says.
type place struct {
	address netip.Addr
	// port is that of an SRV record; 0: the host's target ports.
	port uint16
	// tier is added to the host's priority.
	tier uint16
	// leaving: DNS has dropped the record for good.
	leaving bool
}

// endpoints lays one place of a host out on all ports.
func (d *drafter) endpoints(host v1alpha1.Host, at place) []endpoint {
	denied := d.policy(at.address) != nil
	list := make([]endpoint, 0, len(d.spec.Ports))
	for i, port := range d.spec.Ports {
		w := d.watches.of(i, host)
		list = append(list, endpoint{
			id:        engine.MemberID{Address: at.address, Port: port.Name, Instance: at.port},
			host:      host.Address,
			intent:    intentOf(host),
			denied:    denied,
			leaving:   at.leaving,
			tier:      int32(min(int64(host.Priority)+int64(at.tier), math.MaxInt32)),
			slicePort: slicePort(host, port, at.port, d.portNames),
			hostname:  host.Hostname,
			zone:      host.Zone,
			watch:     w,
			aim:       netip.AddrPortFrom(at.address, checkPort(host, port, at.port, w.spec)),
		})
	}
	return list
}

// literal reports whether every host is an IP address and none is a name, which
// somebody else decides about.
func literal(hosts []v1alpha1.Host) bool { return !slices.ContainsFunc(hosts, v1alpha1.Host.IsName) }

func intentOf(host v1alpha1.Host) v1alpha1.HostState {
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
