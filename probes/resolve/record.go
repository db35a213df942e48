package resolve

import (
	"cmp"
	"net/netip"
	"time"
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

// Kept is a record that a name gave, and what has become of it since.
type Kept struct {
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

// LetGoAt returns from when on the record may be let go, given since when its
// probes have failed (zero: they pass) and for how long an answer outlives both
// them and a failing resolver. The zero time means at once. False: not while
// things stay as they are.
//
// A record whose probes pass goes only when DNS has dropped it for good. One whose
// probes fail goes when DNS has dropped it, or keepFor after the later of the two
// failures.
func (k Kept) LetGoAt(failingSince time.Time, keepFor time.Duration) (time.Time, bool) {
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
