package hosts

import (
	"net/netip"
	"slices"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/resolve"
)

// MaxHosts is how many hosts an object has at most, addresses of names included:
// as many as the API allows in a spec. A thousand names of 256 addresses each would
// otherwise be a quarter of a million probes for one object.
const MaxHosts = 1000

// hostAddresses is what a name has of the hosts of its spec.
type hostAddresses struct {
	locations []location
	// known: the name has records, though they may be others' to lay out.
	known bool
	// denied: some of its records are denied, or the name is.
	denied bool
}

// unresolved are the status lines of the host that belong to no endpoint.
func (h hostAddresses) unresolved(host v1alpha1.Host) []Unresolved {
	switch {
	case h.denied:
		return []Unresolved{{Host: host, Denied: true}}
	case !h.known:
		return []Unresolved{{Host: host}}
	default:
		return nil
	}
}

// claims says whose the records of the names are, by index of the host.
//
// Two hosts may mean the same address, two names or a name and a literal. It is
// laid out once: by the literal, whatever the user wants of it, for that is about
// this very address; else by the first name in the spec. A name that DNS has dropped
// the address from for good comes after one that still has it.
func (n Names) claims(spec v1alpha1.ExternalServiceSpec, policy func(netip.Addr) error) []hostAddresses {
	c := allocation{hosts: map[netip.Addr]bool{}, ports: map[netip.AddrPort]bool{}}
	for _, host := range spec.Hosts {
		if address, err := netip.ParseAddr(host.Address); err == nil {
			c.claim(location{address: address}, host, spec.Ports)
		}
	}
	holdings := make([]hostAddresses, len(spec.Hosts))
	for _, gone := range []bool{false, true} {
		for i, host := range spec.Hosts {
			if !AsksFor(host) {
				continue
			}
			h := &holdings[i]
			if n.denies(host) {
				h.denied = true
				continue
			}
			a := n.answer(host.Address)
			h.denied = h.denied || a.Denied || a.Pending && n.Reported[host.Address].Denied
			for _, k := range a.Records {
				h.known = true
				p := location{address: k.Address, port: k.Port, tier: k.Priority, removedFromDNS: n.removedFromDNS(k)}
				switch {
				case k.Denied || policy(k.Address) != nil:
					h.denied = true
				case p.removedFromDNS == gone && c.claim(p, host, spec.Ports):
					h.locations = append(h.locations, p)
				}
			}
		}
	}
	for _, h := range holdings {
		slices.SortFunc(h.locations, func(a, b location) int { return a.record().Compare(b.record()) })
	}
	return holdings
}

// removedFromDNS reports whether DNS has dropped the record for good. Of a place that is only
// guessed to be the name's that says nothing while another may still name it.
func (n Names) removedFromDNS(k resolve.TrackedRecord) bool {
	return k.Gone && !n.UnconfirmedRecords[Identity(k.Record)]
}

// Identity is the record without what may change about it.
func Identity(r resolve.Record) resolve.Record {
	return resolve.Record{Address: r.Address, Port: r.Port}
}

func (p location) record() resolve.Record {
	return resolve.Record{Address: p.address, Port: p.port, Priority: p.tier}
}

// allocation is what has been laid out: addresses with the hosts' target ports, and
// single ports of addresses.
type allocation struct {
	hosts map[netip.Addr]bool
	ports map[netip.AddrPort]bool
}

// claim allocates a location to a host, on all ports. False: another host has it.
func (c allocation) claim(p location, host v1alpha1.Host, ports []v1alpha1.Port) bool {
	if p.port == 0 && c.hosts[p.address] {
		return false
	}
	wanted := make([]netip.AddrPort, 0, len(ports))
	for _, port := range ports {
		at := netip.AddrPortFrom(p.address, uint16(targetPort(host, port, p.port)))
		if c.ports[at] {
			return false
		}
		wanted = append(wanted, at)
	}
	if p.port == 0 {
		c.hosts[p.address] = true
	}
	for _, at := range wanted {
		c.ports[at] = true
	}
	return true
}

// limit leaves out what exceeds mostHosts, and reports whether that was necessary.
// Literals are in the spec and stay; of the names' addresses those that are in use
// stay first, so that no new name takes away what another has.
func (n Names) limit(spec v1alpha1.ExternalServiceSpec, holdings []hostAddresses) bool {
	type candidate struct {
		host, place int
		inUse       bool
	}
	var all []candidate
	room := MaxHosts
	for i, host := range spec.Hosts {
		if !host.IsName() {
			room--
		}
		for j, p := range holdings[i].locations {
			all = append(all, candidate{i, j, n.uses(spec.Ports, p)})
		}
	}
	if room = max(room, 0); len(all) <= room {
		return false
	}
	slices.SortStableFunc(all, func(a, b candidate) int {
		switch {
		case a.inUse == b.inUse:
			return 0
		case a.inUse:
			return -1
		default:
			return 1
		}
	})
	stays := map[candidate]bool{}
	for _, c := range all[:room] {
		stays[candidate{host: c.host, place: c.place}] = true
	}
	for i := range holdings {
		var kept []location
		for j, p := range holdings[i].locations {
			if stays[candidate{host: i, place: j}] {
				kept = append(kept, p)
			}
		}
		holdings[i].locations = kept
	}
	return true
}

func (n Names) uses(ports []v1alpha1.Port, p location) bool {
	return n.InUse != nil && slices.ContainsFunc(ports, func(port v1alpha1.Port) bool {
		return n.InUse(engine.MemberID{Address: p.address, Port: port.Name, Instance: p.port})
	})
}
