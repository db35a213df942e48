package recovery

import (
	"maps"
	"net/netip"
	"slices"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/endpointslice"
	"github.com/external-endpoints/operator/controllers/internal/facts"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/controllers/internal/status"
	"github.com/external-endpoints/operator/probes/resolve"
)

// Records is what the names of a spec resolved to for the former leader. They are in use until
// the first lookup ends: a new process removes no published host because of a missing answer.
type Records struct {
	// records by name.
	records map[string][]resolve.Record
	// unconfirmed are the records that no status line explains: they are published, and nothing else
	// in the spec explains them. A truncated status leaves out healthy endpoints, and after a crash
	// the status is older than the slices.
	unconfirmed map[resolve.Record]bool
}

// recordsOf reads from the status and the slices what the names meant.
func recordsOf(f facts.Facts) Records {
	r := Records{records: map[string][]resolve.Record{}, unconfirmed: map[resolve.Record]bool{}}
	if !slices.ContainsFunc(f.Object.Spec.Hosts, hosts.AsksFor) {
		return r
	}
	asked := map[string]bool{}
	for _, host := range f.Object.Spec.Hosts {
		asked[host.Address] = hosts.AsksFor(host)
	}
	told := map[resolve.Record]bool{}
	for _, e := range f.Object.Status.Endpoints {
		id, named := status.MemberOf(e)
		if !named {
			continue
		}
		record := resolve.Record{Address: id.Address, Port: id.Instance}
		told[record] = true
		if asked[e.Host] {
			r.add(e.Host, record, e.State == v1alpha1.EndpointHealthy && !e.Published)
		}
	}
	unexplained := map[netip.Addr][]listing{}
	for key, l := range listingsOf(f) {
		plain, own := resolve.Record{Address: key.Address}, resolve.Record{Address: key.Address, Port: uint16(key.Number)}
		if !told[plain] && !told[own] && !hasLiteral(f, key) {
			l.key = key
			unexplained[key.Address] = append(unexplained[key.Address], l)
		}
	}
	for _, address := range slices.SortedFunc(maps.Keys(unexplained), netip.Addr.Compare) {
		r.attribute(f, unexplained[address])
	}
	return r
}

// add attributes a record to the name. A standby record had a tier of its own: nothing else shows
// the priority of an SRV record. A tier in its hold-down is mistaken for one on standby; at
// worst it becomes active early.
func (r Records) add(name string, record resolve.Record, stoodBy bool) {
	if record.Port != 0 && stoodBy {
		record.Priority = 1
	}
	known := func(other resolve.Record) bool { return hosts.Identity(other) == hosts.Identity(record) }
	if !slices.ContainsFunc(r.records[name], known) {
		r.records[name] = append(r.records[name], record)
	}
}

// attribute attributes a listed address to the name that it fits best and that has
// room for it.
func (r Records) attribute(f facts.Facts, listed []listing) {
	var best *v1alpha1.Host
	rank := -1
	for i := range f.Object.Spec.Hosts {
		host := &f.Object.Spec.Hosts[i]
		if !hosts.AsksFor(*host) || len(r.records[host.Address]) >= f.Object.Spec.Resolution.EffectiveMaxAddresses() {
			continue
		}
		fit := 0
		for _, l := range listed {
			fit += l.fits(*host, f.Object.Spec.Ports)
		}
		if fit > rank || fit == rank && host.Priority < best.Priority {
			best, rank = host, fit
		}
	}
	if best == nil {
		return
	}
	for _, l := range listed {
		record := resolve.Record{Address: l.key.Address}
		if best.IsSRV() {
			record.Port = uint16(l.key.Number)
		}
		r.add(best.Address, record, !l.state.Ready)
		r.unconfirmed[record] = true
	}
}

// instance is the port number that distinguishes the member, for a record of an SRV name.
func (r Records) instance(address netip.Addr, number int32) uint16 {
	for _, records := range r.records {
		for _, record := range records {
			if record.Address == address && record.Port != 0 && int32(record.Port) == number {
				return record.Port
			}
		}
	}
	return 0
}

// hasLiteral reports whether the spec itself lists what a slice lists.
func hasLiteral(f facts.Facts, key endpointslice.Key) bool {
	for _, host := range f.Object.Spec.Hosts {
		address, err := netip.ParseAddr(host.Address)
		if err != nil || address != key.Address {
			continue
		}
		if !slices.ContainsFunc(f.Object.Spec.Hosts, v1alpha1.Host.IsSRV) {
			return true
		}
		for _, port := range f.Object.Spec.Ports {
			if port.Name == key.PortName && host.TargetPort(port) == key.Number {
				return true
			}
		}
	}
	return false
}
