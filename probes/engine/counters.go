package engine

import (
	"maps"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/health"
)

// metricsSnapshot is a copy of the exported state.
type metricsSnapshot struct {
	targets, inflight int
	isolated          bool
	// backlogs is by namespace how long the oldest probe has been throttled.
	backlogs map[string]time.Duration
	groups   []groupSnapshot
}

// groupSnapshot is the exported state of a group.
type groupSnapshot struct {
	counters groupCounters
	hosts    []hostUp // up to the cap on series
}

type hostUp struct {
	id MemberID
	up bool
}

// snapshot copies the exported state, so that no channel send happens under the lock.
func (e *Engine) snapshot(mostHosts int) metricsSnapshot {
	e.mu.Lock()
	defer e.mu.Unlock()
	c := metricsSnapshot{
		targets: len(e.targets), inflight: e.inflight, isolated: e.fleet.Isolated(),
		backlogs: e.lockedBacklogs(time.Now()), groups: make([]groupSnapshot, 0, len(e.groups)),
	}
	room := e.lockedShares(mostHosts)
	// In order, so that a cap cuts the same series off at every scrape.
	for _, key := range slices.SortedFunc(maps.Keys(e.groups), Key.Compare) {
		g := e.groups[key]
		hosts := g.up(room[key.Namespace])
		room[key.Namespace] -= len(hosts)
		c.groups = append(c.groups, groupSnapshot{counters: g.counters.copied(), hosts: hosts})
	}
	return c
}

// up returns which members of the group are healthy, up to a number of members.
func (g *group) up(most int) []hostUp {
	hosts := make([]hostUp, 0, min(most, g.Size()))
	for _, name := range slices.Sorted(maps.Keys(g.Ports)) {
		for _, m := range g.Ports[name].Members {
			if len(hosts) == most {
				return hosts
			}
			hosts = append(hosts, hostUp{id: m.ID, up: m.Verdict().State == health.Healthy})
		}
	}
	return hosts
}

// groupCounters are the counters of one object: numbers under the engine's lock, which a scrape turns
// into series. As series they would be an eighth of the engine's memory.
type groupCounters struct {
	key Key
	// since is when the counters started.
	since    time.Time
	duration *prometheus.HistogramVec
	checks   []checkCounters
	failures []failureCounter
	// transitions are by the new state.
	transitions [health.Unhealthy + 1]uint64
}

// checkCounters are those of one kind of check.
type checkCounters struct {
	kind     string
	results  [probes.Failure + 1]uint64 // by probes.Result
	duration prometheus.Observer
}

// failureCounter counts failures for one reason.
type failureCounter struct {
	reason probes.Reason
	count  uint64
}

func newGroupCounters(key Key, since time.Time, m *metrics) *groupCounters {
	return &groupCounters{key: key, since: since, duration: m.duration}
}

func (g *groupCounters) count(kind string, outcome probes.Outcome, took time.Duration) {
	c := g.check(kind)
	c.results[outcome.Result]++
	if outcome.Result != probes.Inconclusive {
		c.duration.Observe(took.Seconds())
	}
	if outcome.Result == probes.Failure {
		g.failed(outcome.Reason)
	}
}

// check returns the counters of a kind of check. The lookup by labels happens once, not at every probe.
func (g *groupCounters) check(kind string) *checkCounters {
	for i := range g.checks {
		if g.checks[i].kind == kind {
			return &g.checks[i]
		}
	}
	g.checks = append(g.checks, checkCounters{
		kind: kind, duration: g.duration.WithLabelValues(g.key.Namespace, g.key.Name, kind),
	})
	return &g.checks[len(g.checks)-1]
}

func (g *groupCounters) failed(reason probes.Reason) {
	for i := range g.failures {
		if g.failures[i].reason == reason {
			g.failures[i].count++
			return
		}
	}
	g.failures = append(g.failures, failureCounter{reason: reason, count: 1})
}

func (g *groupCounters) transition(to health.State) { g.transitions[to]++ }

// copied returns a deep copy.
func (g *groupCounters) copied() groupCounters {
	now := *g
	now.checks, now.failures = slices.Clone(g.checks), slices.Clone(g.failures)
	return now
}

// forget deletes the object's series that are kept between scrapes, one by one: a search would
// visit those of all objects, under the lock that probes need.
func (g *groupCounters) forget() {
	for i := range g.checks {
		g.duration.DeleteLabelValues(g.key.Namespace, g.key.Name, g.checks[i].kind)
	}
}
