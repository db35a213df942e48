package resolve

import (
	"context"
	"sync"
	"time"
)

const (
	// maxServices is how many records of an SRV answer are used: as many as the API
	// allows addresses for a name. One answer of 64 KiB has thousands.
	maxServices = 256
	// lookupsAtOnce is how many lookups of targets of an SRV record run at a time.
	lookupsAtOnce = 8
	// overall is how long one lookup may take: two servers that are silent, twice, and
	// some time to follow aliases. A round of an SRV name may take serviceOverall: it
	// has up to 512 lookups of targets.
	overall        = 10 * time.Second
	serviceOverall = time.Minute
)

// weight is how many lookups of a round run at a time, at most.
func weight(q Question) int {
	if q.isService() {
		return lookupsAtOnce
	}
	return 1
}

// round looks up the records of these families once: one, unless the name is that of a service.
func round(ctx context.Context, lookuper Lookuper, q Question, asked []Family, l limits) []Reply {
	if q.isService() {
		ctx, cancel := context.WithTimeout(ctx, serviceOverall)
		defer cancel()
		return serviceRound(ctx, lookuper, q, asked, l)
	}
	replies := make([]Reply, 0, len(asked))
	for _, f := range asked {
		replies = append(replies, reply(f, lookup(ctx, lookuper, q.Name, f.kind()), l))
	}
	return replies
}

// lookup bounds the time of one lookup.
func lookup(ctx context.Context, lookuper Lookuper, name string, kind Kind) Found {
	ctx, cancel := context.WithTimeout(ctx, overall)
	defer cancel()
	return lookuper.Lookup(ctx, name, kind)
}

// reply makes the reply of one family out of one lookup.
func reply(f Family, found Found, l limits) Reply {
	c := newCollection(l)
	c.addAddresses(found.Addresses, Service{})
	return Reply{
		Family: f, Result: found.Result, TTL: found.TTL, Denied: found.Result == Denied,
		Records: c.records(), Fingerprint: c.fingerprint,
	}
}

// serviceRound looks up the SRV records, then the addresses of their targets. The additional
// section is not used: it may be incomplete, and does not say so.
func serviceRound(ctx context.Context, lookuper Lookuper, q Question, asked []Family, l limits) []Reply {
	found := lookup(ctx, lookuper, q.Name, SRV)
	replies := make([]Reply, 0, len(asked))
	if found.Result != Good {
		for _, f := range asked {
			replies = append(replies, Reply{Family: f, Result: found.Result, Denied: found.Result == Denied})
		}
		return replies
	}
	found.sortServices()
	targets := askTargets(ctx, lookuper, asked, found.Services, l)
	for _, f := range asked {
		of := targets.families[f]
		r := Reply{
			Family: f, Result: Good, TTL: min(found.TTL, of.ttl), Partial: found.More,
			Records: of.collected.records(), Fingerprint: of.collected.fingerprint,
		}
		for _, results := range targets.results {
			r.Result = worse(r.Result, results.verdict(f))
			r.Denied = r.Denied || results[f] == Denied
		}
		if r.Result == Good && len(r.Records) == 0 {
			r.Result = NoData
			if r.Denied {
				r.Result = Denied
			}
		}
		replies = append(replies, r)
	}
	return replies
}

// targets are what was found of the targets of SRV records.
type targets struct {
	results  map[string]targetResults
	families map[Family]*familyTargets
}

// familyTargets are the addresses of one family.
type familyTargets struct {
	collected *collection
	ttl       time.Duration
}

// targetResults are how the lookups of one target ended.
type targetResults map[Family]Result

// verdict is the result of one family. That a target has addresses of the other
// family alone, or is one that must not be looked up, is no failure.
func (t targetResults) verdict(f Family) Result {
	if t[f] == Denied {
		return Good
	}
	if t[f].empty() {
		for other, result := range t {
			if other != f && result == Good {
				return Good
			}
		}
	}
	return t[f]
}

// askTargets looks the targets up, one after the other, so that only a few answers are in memory
// at a time.
func askTargets(ctx context.Context, lookuper Lookuper, asked []Family, services []Service, l limits) targets {
	found := targets{results: map[string]targetResults{}, families: map[Family]*familyTargets{}}
	for _, f := range asked {
		found.families[f] = &familyTargets{collected: newCollection(l), ttl: longestTTL}
	}
	byTarget := map[string][]Service{}
	var names []string
	for _, service := range services {
		if byTarget[service.Target] == nil {
			names = append(names, service.Target)
			found.results[service.Target] = targetResults{}
		}
		byTarget[service.Target] = append(byTarget[service.Target], service)
	}
	var mu sync.Mutex
	var pending sync.WaitGroup
	slots := make(chan struct{}, lookupsAtOnce)
	for _, name := range names {
		for _, f := range asked {
			slots <- struct{}{}
			pending.Go(func() {
				defer func() { <-slots }()
				of := lookup(ctx, lookuper, name, f.kind())
				mu.Lock()
				defer mu.Unlock()
				found.results[name][f] = of.Result
				if of.Result == Good {
					family := found.families[f]
					family.ttl = min(family.ttl, of.TTL)
					family.collected.addAddresses(of.Addresses, byTarget[name]...)
				}
			})
		}
	}
	pending.Wait()
	return found
}

// worse returns the result to report for two of them: a failure before an empty
// answer before a good one.
func worse(a, b Result) Result {
	rank := func(r Result) int {
		switch {
		case r == Good:
			return 0
		case r.empty():
			return 1
		}
		return 2
	}
	if rank(b) > rank(a) {
		return b
	}
	return a
}
