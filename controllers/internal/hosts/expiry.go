package hosts

import (
	"slices"
	"time"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/checks"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/resolve"
)

// Expiry is which records of names have expired.
type Expiry struct {
	// Drops are those that may go now, by name.
	Drops map[string][]resolve.Record
	// next is when the next one may, if things stay as they are; zero: none will.
	next time.Time
}

// ExpiryOf finds the records that no endpoint needs any more: DNS has dropped them, or DNS could
// not be queried and their probes have failed for keepFor. A published record stays, whatever
// DNS says: only the removal gate removes it.
func ExpiryOf(spec v1alpha1.ExternalServiceSpec, n Names, l Layout, v Verdicts,
	published map[engine.MemberID]bool, now time.Time,
) Expiry {
	if !slices.ContainsFunc(spec.Hosts, AsksFor) {
		return Expiry{}
	}
	laid := map[recordKey][]Endpoint{}
	for _, e := range l.Endpoints {
		key := recordKey{e.Host, resolve.Record{Address: e.ID.Address, Port: e.ID.Instance}}
		laid[key] = append(laid[key], e)
	}
	bye := Expiry{Drops: map[string][]resolve.Record{}}
	for _, host := range spec.Hosts {
		if !AsksFor(host) {
			continue
		}
		for _, k := range n.answer(host.Address).Records {
			endpoints := laid[recordKey{host.Address, Identity(k.Record)}]
			if k.Denied || k.Absent && n.UnconfirmedRecords[Identity(k.Record)] || anyPublished(endpoints, published) {
				continue
			}
			at, may := k.ExpiresAt(failingSince(endpoints, v), spec.Resolution.EffectiveKeepFor())
			switch {
			case !may:
			case !at.After(now):
				bye.Drops[host.Address] = append(bye.Drops[host.Address], k.Record)
			case bye.next.IsZero() || at.Before(bye.next):
				bye.next = at
			}
		}
	}
	return bye
}

// recordKey names the endpoints of one record of one host.
type recordKey struct {
	host   string
	record resolve.Record
}

func anyPublished(endpoints []Endpoint, published map[engine.MemberID]bool) bool {
	for _, e := range endpoints {
		if published[e.ID] {
			return true
		}
	}
	return false
}

// failingSince is since when a host fails on all its ports, by a full threshold of this
// process's own probes. Zero: it does not fail, or another process saw the failure.
func failingSince(endpoints []Endpoint, v Verdicts) time.Time {
	var latest time.Time
	for _, e := range endpoints {
		verdict := v[e.ID]
		if !verdict.Proven(checks.Thresholds(e.Check.Spec)) {
			return time.Time{}
		}
		if verdict.Since.After(latest) {
			latest = verdict.Since
		}
	}
	return latest
}

// Wait is the time until the next record expires; 0: none will.
func (b Expiry) Wait(now time.Time) time.Duration {
	if b.next.IsZero() {
		return 0
	}
	return max(b.next.Sub(now), time.Millisecond)
}
