package externalservice

import (
	"errors"
	"fmt"
	"net/netip"
	stdslices "slices"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/slices"
	"github.com/external-endpoints/operator/probes/engine"
)

// layout is the spec laid out in endpoints, in the order of its hosts and ports.
type layout struct {
	endpoints []endpoint
	// invalid are hosts whose address cannot be read. The API server refuses
	// them; one that slipped by must not take the others with it.
	invalid []string
	// err is what is wrong with checks, naming their fields. The endpoints are there
	// all the same: a check that cannot be run says nothing about a host.
	err error
}

// layOut lays the spec out. portNames are the Service's names for the spec's
// ports; policy says which addresses are allowed; r is what the checks refer to.
func layOut(spec v1alpha1.ExternalServiceSpec, portNames map[string]string, policy func(netip.Addr) error, r referents) layout {
	var l layout
	r.literal = literal(spec.Hosts)
	watches := make([]*watch, len(spec.Ports))
	for i, port := range spec.Ports {
		w, err := watchFor(spec.HealthCheckFor(port), r)
		if err != nil {
			l.err = errors.Join(l.err, fmt.Errorf("%s: %w", checkPath(spec, i), err))
		}
		watches[i] = w
	}
	for _, host := range spec.Hosts {
		address, err := netip.ParseAddr(host.Address)
		if err != nil {
			l.invalid = append(l.invalid, host.Address)
			continue
		}
		denied := policy(address) != nil
		for i, port := range spec.Ports {
			l.endpoints = append(l.endpoints, endpoint{
				id:        engine.MemberID{Address: address, Port: port.Name},
				intent:    intentOf(host),
				denied:    denied,
				tier:      host.Priority,
				slicePort: slicePort(host, port, portNames),
				hostname:  host.Hostname,
				zone:      host.Zone,
				watch:     watches[i],
				aim:       netip.AddrPortFrom(address, checkPort(host, port, watches[i].spec)),
			})
		}
	}
	return l
}

// literal reports whether every host is an IP address and none is a name, which
// somebody else decides about.
func literal(hosts []v1alpha1.Host) bool {
	return !stdslices.ContainsFunc(hosts, func(h v1alpha1.Host) bool {
		_, err := netip.ParseAddr(h.Address)
		return err != nil
	})
}

func intentOf(host v1alpha1.Host) v1alpha1.HostState {
	if host.State == "" {
		return v1alpha1.HostActive
	}
	return host.State
}

func slicePort(host v1alpha1.Host, port v1alpha1.Port, names map[string]string) slices.Port {
	name, renamed := names[port.Name]
	if !renamed {
		name = port.Name
	}
	p := slices.Port{Name: name, Protocol: port.EffectiveProtocol(), Number: host.TargetPort(port)}
	if port.AppProtocol != "" {
		p.AppProtocol = &port.AppProtocol
	}
	return p
}

// checkPort is the port that the check connects to: its own, else the host's traffic port.
func checkPort(host v1alpha1.Host, port v1alpha1.Port, check v1alpha1.HealthCheck) uint16 {
	if check.Port != 0 {
		return uint16(check.Port)
	}
	return uint16(host.TargetPort(port))
}

func checkPath(spec v1alpha1.ExternalServiceSpec, port int) string {
	if spec.Ports[port].HealthCheck != nil {
		return fmt.Sprintf("spec.ports[%d].healthCheck", port)
	}
	return "spec.healthCheck"
}
