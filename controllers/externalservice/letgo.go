package externalservice

import (
	"slices"
	"time"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/resolve"
)

// farewell is which records of names may be let go of.
type farewell struct {
	// drops are those that may go now, by name.
	drops map[string][]resolve.Record
	// next is when the next one may, if things stay as they are; zero: none will.
	next time.Time
}

// farewellOf finds the records that nobody needs any more: DNS has dropped them, or
// could not be asked for as long as their probes fail and keepFor after. One that is
// published stays, whatever DNS says of it: only the gate takes it out.
func farewellOf(spec v1alpha1.ExternalServiceSpec, n names, l layout, v verdicts,
	published map[engine.MemberID]bool, now time.Time,
) farewell {
	if !slices.ContainsFunc(spec.Hosts, asksFor) {
		return farewell{}
	}
	laid := map[laidRecord][]endpoint{}
	for _, e := range l.endpoints {
		key := laidRecord{e.host, resolve.Record{Address: e.id.Address, Port: e.id.Instance}}
		laid[key] = append(laid[key], e)
	}
	bye := farewell{drops: map[string][]resolve.Record{}}
	for _, host := range spec.Hosts {
		if !asksFor(host) {
			continue
		}
		for _, k := range n.answer(host.Address).Records {
			endpoints := laid[laidRecord{host.Address, identity(k.Record)}]
			if k.Denied || k.Absent && n.guessed[identity(k.Record)] || anyPublished(endpoints, published) {
				continue
			}
			at, may := k.LetGoAt(failingSince(endpoints, v), spec.Resolution.EffectiveKeepFor())
			switch {
			case !may:
			case !at.After(now):
				bye.drops[host.Address] = append(bye.drops[host.Address], k.Record)
			case bye.next.IsZero() || at.Before(bye.next):
				bye.next = at
			}
		}
	}
	return bye
}

// laidRecord names the endpoints of one record of one host.
type laidRecord struct {
	host   string
	record resolve.Record
}

func anyPublished(endpoints []endpoint, published map[engine.MemberID]bool) bool {
	for _, e := range endpoints {
		if published[e.id] {
			return true
		}
	}
	return false
}

// failingSince is since when a host fails on all its ports, by a full threshold of
// this process's own probes; zero: it does not, or it is somebody else's.
func failingSince(endpoints []endpoint, v verdicts) time.Time {
	var latest time.Time
	for _, e := range endpoints {
		verdict := v[e.id]
		if !verdict.Proven(thresholds(e.watch.spec)) {
			return time.Time{}
		}
		if verdict.Since.After(latest) {
			latest = verdict.Since
		}
	}
	return latest
}

// wait is how long nothing will be let go of; 0: for ever.
func (b farewell) wait(now time.Time) time.Duration {
	if b.next.IsZero() {
		return 0
	}
	return max(b.next.Sub(now), time.Millisecond)
}
