package engine

import (
	"maps"
	"slices"
	"time"

	"github.com/external-endpoints/operator/probes/health"
)

// census is what is exported.
type census struct {
	targets, inflight int
	isolated          bool
	// backlogs are by namespace for how long the oldest probe has been held back.
	backlogs map[string]time.Duration
	groups   []groupCensus
}

// groupCensus is what is exported of a group.
type groupCensus struct {
	counters groupCounters
	hosts    []hostUp // fewer than there are, past the cap
}

type hostUp struct {
	id MemberID
	up bool
}

// census copies what is exported, so that nothing is sent under the lock.
func (e *Engine) census(mostHosts int) census {
	e.mu.Lock()
	defer e.mu.Unlock()
	c := census{
		targets: len(e.targets), inflight: e.inflight, isolated: e.isolation.on,
		backlogs: e.lockedBacklogs(time.Now()), groups: make([]groupCensus, 0, len(e.groups)),
	}
	room := e.lockedShares(mostHosts)
	// In order, so that a cap cuts the same series off at every scrape.
	for _, key := range slices.SortedFunc(maps.Keys(e.groups), Key.Compare) {
		g := e.groups[key]
		hosts := g.up(room[key.Namespace])
		room[key.Namespace] -= len(hosts)
		c.groups = append(c.groups, groupCensus{counters: g.counters.copied(), hosts: hosts})
	}
	return c
}

// up says which of the group's members are healthy, of so many at most.
func (g *group) up(most int) []hostUp {
	hosts := make([]hostUp, 0, min(most, g.size()))
	for _, name := range slices.Sorted(maps.Keys(g.ports)) {
		for _, m := range g.ports[name].members {
			if len(hosts) == most {
				return hosts
			}
			hosts = append(hosts, hostUp{id: m.id, up: m.verdict.State == health.Healthy})
		}
	}
	return hosts
}
