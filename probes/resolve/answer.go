package resolve

import (
	"net/netip"
	"slices"
	"time"

	"github.com/external-endpoints/operator/probes"
)

// Answer is what a name means now.
type Answer struct {
	// Records are sorted by priority, address and port. Absent, stale and denied
	// ones are among them.
	Records []TrackedRecord
	// Pending: no lookup has found records, and some family has not been looked up.
	Pending bool
	// Stale: the last lookup of a family failed, and its records are those of the last
	// good answer. Reason is NameNotFound when a server says that there is nothing,
	// NameTimeout otherwise; "" when not stale. StaleSince is when that began.
	Stale      bool
	Reason     probes.Reason
	StaleSince time.Time
	// Failing are the families whose last lookup failed, and Settled those whose last one did
	// not: it found records, or the name has none. A family without a lookup is in neither.
	Failing, Settled []Family
	// Denied: the name, or one that it leads to, must not be looked up.
	Denied bool
	// Truncated: the name gives more than MaxAddresses, and some are left out.
	Truncated bool
	// Rotating: each good answer differs from the one before, so that being absent
	// says little.
	Rotating bool
}

// Answer returns what the name resolves to, with the records that the policy denies marked. A
// record that the policy does not deny any more stays denied until the next lookup, when it may
// have to wait for room.
func (s State) Answer(policy func(netip.Addr) error) Answer {
	a := Answer{
		Records:   slices.Clone(s.kept),
		Pending:   !s.answered,
		Truncated: s.truncated,
		Rotating:  s.v4.changes >= rotatesAfter || s.v6.changes >= rotatesAfter,
	}
	for i := range a.Records {
		a.Records[i].Denied = a.Records[i].Denied || denies(policy, a.Records[i].Address)
	}
	for _, f := range families {
		h := s.heard(f)
		a.Denied = a.Denied || h.denied
		switch {
		case h.result == "":
		case h.since.IsZero(), h.result == Denied:
			a.Settled = append(a.Settled, f)
		case s.answered:
			a.fail(f, h)
		}
	}
	return a
}

// fail records that a family fails. A failed lookup says more than a family without records.
func (a *Answer) fail(f Family, h *familyState) {
	if len(a.Failing) == 0 || h.since.Before(a.StaleSince) {
		a.StaleSince = h.since
	}
	if len(a.Failing) == 0 || a.Reason == probes.NameNotFound {
		a.Reason = h.result.reason()
	}
	a.Stale, a.Failing = true, append(a.Failing, f)
}

// differs reports whether a change of the answer must be reported. In a rotation each refresh
// makes other records absent: that is not reported.
func (a Answer) differs(told Answer) bool {
	if a.Pending != told.Pending || a.Reason != told.Reason || !a.StaleSince.Equal(told.StaleSince) || a.Truncated != told.Truncated ||
		a.Denied != told.Denied || !slices.Equal(a.Failing, told.Failing) || !slices.Equal(a.Settled, told.Settled) {
		return true
	}
	return !slices.EqualFunc(a.Records, told.Records, func(now, before TrackedRecord) bool {
		if a.Rotating {
			before.Absent = now.Absent
		}
		return now == before
	})
}
