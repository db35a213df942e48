package externalservice

import (
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/endpointslice"
	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/resolve"
)

// recollection is what the names of a spec meant to the predecessor. It stands for
// their last good answer until they are asked: nothing that is published goes out
// because a new process has not asked yet.
type recollection struct {
	// records by name.
	records map[string][]resolve.Record
	// guessed are those of them that no status tells of: they are published, and
	// nothing else in the spec explains them. A status that is too long leaves out who
	// is well, and after a crash it is older than the slices.
	guessed map[resolve.Record]bool
}

// recollect reads from the status and the slices what the names meant.
func recollect(f facts) recollection {
	r := recollection{records: map[string][]resolve.Record{}, guessed: map[resolve.Record]bool{}}
	if !slices.ContainsFunc(f.object.Spec.Hosts, asksFor) {
		return r
	}
	asked := map[string]bool{}
	for _, host := range f.object.Spec.Hosts {
		asked[host.Address] = asksFor(host)
	}
	told := map[resolve.Record]bool{}
	for _, e := range f.object.Status.Endpoints {
		id, named := memberOf(e)
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
		r.guess(f, unexplained[address])
	}
	return r
}

// add takes a record for one of the name. What stood by did so for a tier of its own:
// of an SRV record nothing else tells the priority. A tier that waits out its
// hold-down is mistaken for one that stands by; it comes back early at worst.
func (r recollection) add(name string, record resolve.Record, stoodBy bool) {
	if record.Port != 0 && stoodBy {
		record.Priority = 1
	}
	known := func(other resolve.Record) bool { return identity(other) == identity(record) }
	if !slices.ContainsFunc(r.records[name], known) {
		r.records[name] = append(r.records[name], record)
	}
}

// guess attributes a listed address to the name that it fits best and that has
// room for it.
func (r recollection) guess(f facts, listed []listing) {
	var best *v1alpha1.Host
	rank := -1
	for i := range f.object.Spec.Hosts {
		host := &f.object.Spec.Hosts[i]
		if !asksFor(*host) || len(r.records[host.Address]) >= f.object.Spec.Resolution.EffectiveMaxAddresses() {
			continue
		}
		fit := 0
		for _, l := range listed {
			fit += l.fits(*host, f.object.Spec.Ports)
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
		r.guessed[record] = true
	}
}

// instance is the port number that tells the member apart, where an SRV name led
// to it.
func (r recollection) instance(address netip.Addr, number int32) uint16 {
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
func hasLiteral(f facts, key endpointslice.Key) bool {
	for _, host := range f.object.Spec.Hosts {
		address, err := netip.ParseAddr(host.Address)
		if err != nil || address != key.Address {
			continue
		}
		if !slices.ContainsFunc(f.object.Spec.Hosts, v1alpha1.Host.IsSRV) {
			return true
		}
		for _, port := range f.object.Spec.Ports {
			if port.Name == key.PortName && host.TargetPort(port) == key.Number {
				return true
			}
		}
	}
	return false
}

// listing is what the published objects say of an address and port.
type listing struct {
	key            endpointslice.Key
	state          endpointslice.State
	zone, hostname string
}

// fits says how well what is listed fits a name: by what the user wants of it, where
// that shows, then by the port, and by what else the spec says of its addresses. A
// host that is not ready may be a draining one that is down; more are not.
func (l listing) fits(host v1alpha1.Host, ports []v1alpha1.Port) int {
	fit, drains := 0, intentOf(host) == v1alpha1.HostDrain
	switch {
	case drains == l.state.Terminating:
		fit += 9
	case drains && !l.state.Ready:
		fit += 8
	}
	for _, port := range ports {
		if port.Name == l.key.PortName && (host.IsSRV() || host.TargetPort(port) == l.key.Number) {
			fit += 4
		}
	}
	if l.zone == host.Zone && l.hostname == host.Hostname {
		fit += 2
	}
	return fit
}

// memberOf is the member that a status tells of; false: it tells of no address.
func memberOf(e v1alpha1.EndpointStatus) (engine.MemberID, bool) {
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

// namesTold are what the status tells of names that cannot be resolved or give too
// much, so that a successor finds the same to be no news.
func namesTold(object *v1alpha1.ExternalService) map[string]nameReport {
	told := map[string]nameReport{}
	for _, e := range object.Status.Endpoints {
		switch {
		case e.Address != "":
		case isNameFailure(e.Reason) && e.Since != nil:
			told[e.Host] = nameReport{name: e.Host, reason: probes.Reason(e.Reason), since: e.Since.Time}
		case e.Reason == string(probes.AddressDenied):
			told[e.Host] = nameReport{name: e.Host, denied: true}
		}
	}
	degraded := findCondition(object.Status.Conditions, v1alpha1.ConditionDegraded)
	if degraded == nil {
		return told
	}
	for _, host := range object.Spec.Hosts {
		name := host.Address
		switch {
		case degraded.Reason == v1alpha1.ReasonTruncated && strings.Contains(degraded.Message, truncatedPhrase(name)):
			told[name] = nameReport{name: name, truncated: object.Spec.Resolution.EffectiveMaxAddresses()}
		case degraded.Reason == v1alpha1.ReasonNameStale:
			for _, family := range []resolve.Family{"", resolve.IPv4, resolve.IPv6} {
				for _, reason := range []probes.Reason{probes.NameNotFound, probes.NameTimeout} {
					r := nameReport{name: name, reason: reason, family: family}
					if since, found := sinceIn(degraded.Message, stalePhrase(r.label(), reason)); found {
						r.since = since
						told[name] = r
					}
				}
			}
		}
	}
	return told
}

// sinceIn reads the time behind a phrase of ours.
func sinceIn(message, phrase string) (time.Time, bool) {
	_, rest, found := strings.Cut(" "+message, " "+phrase)
	text, _, _ := strings.Cut(rest, "Z")
	since, err := time.Parse(time.RFC3339, text+"Z")
	return since, found && err == nil
}

func isNameFailure(reason string) bool {
	return reason == string(probes.NameNotFound) || reason == string(probes.NameTimeout)
}
