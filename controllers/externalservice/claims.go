package externalservice

import (
	"net/netip"
	"slices"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/resolve"
)

// mostHosts is how many hosts an object has at most, addresses of names included:
// as many as the API allows in a spec. A thousand names of 256 addresses each would
// otherwise be a quarter of a million probes for one object.
const mostHosts = 1000

// holding is what a name has of the hosts of its spec.
type holding struct {
	places []place
	// known: the name has records, though they may be others' to lay out.
	known bool
	// denied: some of its records are denied, or the name is.
	denied bool
}

// bare are the lines about the host that no endpoint stands for.
func (h holding) bare(host v1alpha1.Host) []bare {
	switch {
	case h.denied:
		return []bare{{host: host, denied: true}}
	case !h.known:
		return []bare{{host: host}}
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
func (n names) claims(spec v1alpha1.ExternalServiceSpec, policy func(netip.Addr) error) []holding {
	c := occupancy{hosts: map[netip.Addr]bool{}, ports: map[netip.AddrPort]bool{}}
	for _, host := range spec.Hosts {
		if address, err := netip.ParseAddr(host.Address); err == nil {
			c.claim(place{address: address}, host, spec.Ports)
		}
	}
	holdings := make([]holding, len(spec.Hosts))
	for _, gone := range []bool{false, true} {
		for i, host := range spec.Hosts {
			if !asksFor(host) {
				continue
			}
			h := &holdings[i]
			if n.denies(host) {
				h.denied = true
				continue
			}
			a := n.answer(host.Address)
			h.denied = h.denied || a.Denied || a.Pending && n.told[host.Address].denied
			for _, k := range a.Records {
				h.known = true
				p := place{address: k.Address, port: k.Port, tier: k.Priority, leaving: n.leaves(k)}
				switch {
				case k.Denied || policy(k.Address) != nil:
					h.denied = true
				case p.leaving == gone && c.claim(p, host, spec.Ports):
					h.places = append(h.places, p)
				}
			}
		}
	}
	for _, h := range holdings {
		slices.SortFunc(h.places, func(a, b place) int { return a.record().Compare(b.record()) })
	}
	return holdings
}

// leaves reports whether DNS has dropped the record for good. Of a place that is only
// guessed to be the name's that says nothing while another may still name it.
func (n names) leaves(k resolve.Kept) bool { return k.Gone && !n.guessed[identity(k.Record)] }

// identity is the record without what may change about it.
func identity(r resolve.Record) resolve.Record {
	return resolve.Record{Address: r.Address, Port: r.Port}
}

func (p place) record() resolve.Record {
	return resolve.Record{Address: p.address, Port: p.port, Priority: p.tier}
}

// occupancy is what has been laid out: addresses with the hosts' target ports, and
// single ports of addresses.
type occupancy struct {
	hosts map[netip.Addr]bool
	ports map[netip.AddrPort]bool
}

// claim takes a place for a host, on all ports. False: somebody has it.
func (c occupancy) claim(p place, host v1alpha1.Host, ports []v1alpha1.Port) bool {
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

// fit leaves out what exceeds mostHosts, and reports whether that was necessary.
// Literals are in the spec and stay; of the names' addresses those that are in use
// stay first, so that no new name takes away what another has.
func (n names) fit(spec v1alpha1.ExternalServiceSpec, holdings []holding) bool {
	type candidate struct {
		host, place int
		inUse       bool
	}
	var all []candidate
	room := mostHosts
	for i, host := range spec.Hosts {
		if !host.IsName() {
			room--
		}
		for j, p := range holdings[i].places {
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
		var kept []place
		for j, p := range holdings[i].places {
			if stays[candidate{host: i, place: j}] {
				kept = append(kept, p)
			}
		}
		holdings[i].places = kept
	}
	return true
}

func (n names) uses(ports []v1alpha1.Port, p place) bool {
	return n.inUse != nil && slices.ContainsFunc(ports, func(port v1alpha1.Port) bool {
		return n.inUse(engine.MemberID{Address: p.address, Port: port.Name, Instance: p.port})
	})
}
