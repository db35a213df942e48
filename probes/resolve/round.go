package resolve

import (
	"context"
	"sync"
)

const (
	// mostTargets is how many targets of an SRV answer are asked for their addresses:
	// as many as the API allows addresses for a name. Without it one answer of 64 KiB
	// would make more than a thousand lookups.
	mostTargets = 256
	// targetsAtOnce is how many of them are asked at a time.
	targetsAtOnce = 8
)

// round asks everything that the question needs, once.
func round(ctx context.Context, lookuper Lookuper, q Question) []Reply {
	if q.isService() {
		return serviceRound(ctx, lookuper, q)
	}
	replies := make([]Reply, len(q.asked()))
	var pending sync.WaitGroup
	for i, f := range q.asked() {
		pending.Go(func() {
			replies[i] = reply(f, lookuper.Lookup(ctx, q.Name, f.kind()), Service{})
		})
	}
	pending.Wait()
	return replies
}

// reply makes the reply of one family out of one lookup; the service says where
// the name came from.
func reply(f Family, found Found, from Service) Reply {
	r := Reply{Family: f, Result: found.Result, TTL: found.TTL}
	for _, address := range found.Addresses {
		r.Records = append(r.Records, Record{Address: address, Port: from.Port, Priority: from.Priority})
	}
	return r
}

// serviceRound asks for the SRV records, then for the addresses of their targets.
// The additional section is not used: it may be incomplete, and nothing in it
// says so.
func serviceRound(ctx context.Context, lookuper Lookuper, q Question) []Reply {
	found := lookuper.Lookup(ctx, q.Name, SRV)
	if found.Result != Good {
		replies := make([]Reply, 0, len(families))
		for _, f := range q.asked() {
			replies = append(replies, Reply{Family: f, Result: found.Result})
		}
		return replies
	}

	targets, partial := targetsOf(found.Services)
	addresses := askTargets(ctx, lookuper, q, targets)
	replies := make([]Reply, 0, len(families))
	for _, f := range q.asked() {
		r := Reply{Family: f, Result: Good, TTL: found.TTL, Partial: partial}
		for _, target := range targets {
			of := addresses[target]
			r.Result = worse(r.Result, of.verdict(f))
			if of[f].Result == Good {
				r.TTL = min(r.TTL, of[f].TTL)
			}
		}
		for _, service := range found.Services {
			r.Records = append(r.Records, reply(f, addresses[service.Target][f], service).Records...)
		}
		r.Records = unique(r.Records)
		if r.Result == Good && len(r.Records) == 0 {
			r.Result = NoData
		}
		replies = append(replies, r)
	}
	return replies
}

// targetsOf returns the names to ask, the most preferred first, and whether some
// were left out.
func targetsOf(services []Service) (targets []string, partial bool) {
	seen := map[string]struct{}{}
	for _, service := range services {
		if _, again := seen[service.Target]; again {
			continue
		}
		if len(targets) == mostTargets {
			return targets, true
		}
		seen[service.Target] = struct{}{}
		targets = append(targets, service.Target)
	}
	return targets, false
}

// target is what was found of one target, by family.
type target map[Family]Found

// verdict is the result of one family. That a target has addresses of the other
// family alone is no failure.
func (t target) verdict(f Family) Result {
	if t[f].Result.empty() {
		for other, found := range t {
			if other != f && found.Result == Good {
				return Good
			}
		}
	}
	return t[f].Result
}

func askTargets(ctx context.Context, lookuper Lookuper, q Question, targets []string) map[string]target {
	var mu sync.Mutex
	addresses := make(map[string]target, len(targets))
	slots := make(chan struct{}, targetsAtOnce)
	var pending sync.WaitGroup
	for _, name := range targets {
		slots <- struct{}{}
		pending.Go(func() {
			defer func() { <-slots }()
			of := target{}
			for _, f := range q.asked() {
				of[f] = lookuper.Lookup(ctx, name, f.kind())
			}
			mu.Lock()
			defer mu.Unlock()
			addresses[name] = of
		})
	}
	pending.Wait()
	return addresses
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
