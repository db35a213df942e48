package resolve

import (
	"cmp"
	"net/netip"
	"time"

	"github.com/external-endpoints/operator/probes"
)

// Record is one place that a name leads to.
type Record struct {
	Address netip.Addr
	// Port of an SRV record, which overrides the target port; 0: the name has none.
	Port uint16
	// Priority of an SRV record adds to the host's tier; 0 otherwise.
	Priority uint16
}

// Compare orders records by priority, address, then port.
func (r Record) Compare(other Record) int {
	return cmp.Or(cmp.Compare(r.Priority, other.Priority), r.Address.Compare(other.Address), cmp.Compare(r.Port, other.Port))
}

// place is what makes two records the same one: a priority may change.
func (r Record) place() netip.AddrPort { return netip.AddrPortFrom(r.Address, r.Port) }

func (r Record) family() Family {
	if r.Address.Is4() {
		return IPv4
	}
	return IPv6
}

// TrackedRecord is a record that a name gave, and what has become of it since.
type TrackedRecord struct {
	Record
	// Absent: the last good answer did not list the record.
	Absent bool
	// Gone: it was absent from good answers that said the same [goneAfter] times
	// in a row, each the same as the one before.
	Gone bool
	// Displaced: while it was gone another record took its room, so that it is gone
	// whenever it is absent, until it finds room again. It is kept beyond the maximum
	// because the caller may have nothing else that works.
	Displaced bool
	// Denied: the address policy forbids it. It may be shown as denied, and must be
	// neither dialed nor published.
	Denied bool
	// StaleSince is since when no good answer has come for the family of this record;
	// zero: the last one was good.
	StaleSince time.Time
}

// ExpiresAt returns when the record may be dropped, given since when its probes have failed (zero:
// they succeed) and for how long an answer outlives both them and a failing resolver. The zero
// time means at once. False: not while nothing changes.
//
// A record whose probes succeed expires only when DNS has dropped it. One whose probes fail expires
// when DNS has dropped it, or keepFor after the later of the two failures.
func (k TrackedRecord) ExpiresAt(failingSince time.Time, keepFor time.Duration) (time.Time, bool) {
	failing := !failingSince.IsZero()
	switch {
	case k.Gone, k.Absent && failing:
		return time.Time{}, true
	case failing && !k.StaleSince.IsZero():
		latest := failingSince
		if k.StaleSince.After(latest) {
			latest = k.StaleSince
		}
		return latest.Add(keepFor), true
	}
	return time.Time{}, false
}

// Reply is what one round of lookups said about one family of a name.
type Reply struct {
	Family Family
	Result Result
	// Records of the family, without duplicates: those that are kept, if the answer lists
	// them, and others up to one more than the name may give. A result other than [Good] has some
	// when a part of the lookups succeeded: some targets of an SRV record did.
	Records []Record
	// Fingerprint identifies the whole answer, of which Records may be a part: equal answers have
	// the same. 0: Records are the whole answer.
	Fingerprint uint64
	// Denied: the name, or one that it leads to, must not be looked up.
	Denied bool
	// Partial: there are more records than these, so a missing one is not absent.
	Partial bool
	// TTL is the shortest of the chain that led to the records, as the server gave
	// it. It matters only when the result is good.
	TTL time.Duration
}

// complete reports whether a record that is not listed is absent.
func (r Reply) complete() bool { return r.Result == Good && !r.Partial }

// Result is how a lookup ended. The list is closed: it is the label of a metric.
type Result string

const (
	// Good: at least one record of the requested kind.
	Good Result = "success"
	// NXDomain: the name does not exist.
	NXDomain Result = "nxdomain"
	// NoData: the name exists and has no record of the requested kind.
	NoData Result = "nodata"
	// Servfail: the server could not answer (SERVFAIL, or a code that is none of the others).
	Servfail Result = "servfail"
	// Refused: the server would not answer.
	Refused Result = "refused"
	// Timeout: no server answered in time, or none could be reached.
	Timeout Result = "timeout"
	// Truncated: the answer was cut short, by TCP too or because TCP failed.
	Truncated Result = "truncated"
	// Garbage: what came back was no DNS message, or answered another question.
	Garbage Result = "garbage"
	// Loop: the aliases lead in a circle, or on for too long.
	Loop Result = "loop"
	// Denied: the name, or one that it leads to, must not be looked up.
	Denied Result = "denied"
	// Broken: the question could not be sent: no server is known, or no socket to be had.
	Broken Result = "error"
)

var results = []Result{Good, NXDomain, NoData, Servfail, Refused, Timeout, Truncated, Garbage, Loop, Denied, Broken}

// empty reports whether a server that works says that there is nothing.
func (r Result) empty() bool { return r == NXDomain || r == NoData }

// reason is the result as a reason of the status; "" when it is good.
func (r Result) reason() probes.Reason {
	switch {
	case r == Good:
		return ""
	case r == Denied:
		return probes.AddressDenied
	case r.empty():
		return probes.NameNotFound
	}
	return probes.NameTimeout
}
