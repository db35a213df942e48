package engine

import (
	"maps"
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/external-endpoints/operator/probes/health"
)

// live exports what is true at the moment of the scrape, read from the engine's
// own state: nothing is kept up to date between scrapes.
type live struct {
	engine    *Engine
	mostHosts int
}

var (
	targetsDesc = prometheus.NewDesc("external_endpoints_engine_targets",
		"Distinct targets (IP, port, check) that are probed.", nil, nil)
	inflightDesc = prometheus.NewDesc("external_endpoints_engine_inflight",
		"Probes that are running.", nil, nil)
	isolatedDesc = prometheus.NewDesc("external_endpoints_prober_isolated",
		"1 while the prober takes itself for isolated: nearly all that was healthy fails, and nothing has succeeded since. Else 0.", nil, nil)
	hostUpDesc = prometheus.NewDesc("external_endpoints_host_up",
		"1 when the host is healthy on the port, else 0. Read at scrape; the number of series is capped. "+
			"The address of a host that an SRV record leads to has its port number behind it.",
		[]string{"namespace", "name", "address", "port"}, nil)
)

// Describe implements prometheus.Collector.
func (l live) Describe(ch chan<- *prometheus.Desc) {
	ch <- targetsDesc
	ch <- inflightDesc
	ch <- isolatedDesc
	ch <- hostUpDesc
}

// Collect implements prometheus.Collector.
func (l live) Collect(ch chan<- prometheus.Metric) {
	c := l.engine.census(l.mostHosts)
	ch <- prometheus.MustNewConstMetric(targetsDesc, prometheus.GaugeValue, float64(c.targets))
	ch <- prometheus.MustNewConstMetric(inflightDesc, prometheus.GaugeValue, float64(c.inflight))
	ch <- prometheus.MustNewConstMetric(isolatedDesc, prometheus.GaugeValue, zeroOrOne(c.isolated))
	for _, h := range c.hosts {
		ch <- prometheus.MustNewConstMetric(hostUpDesc, prometheus.GaugeValue, zeroOrOne(h.up),
			h.key.Namespace, h.key.Name, h.id.label(), h.id.Port)
	}
}

func zeroOrOne(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// census is what is exported.
type census struct {
	targets, inflight int
	isolated          bool
	hosts             []hostUp
}

type hostUp struct {
	key Key
	id  MemberID
	up  bool
}

// census copies what is exported, so that nothing is sent under the lock.
func (e *Engine) census(mostHosts int) census {
	e.mu.Lock()
	defer e.mu.Unlock()
	c := census{targets: len(e.targets), inflight: e.inflight, isolated: e.isolation.on}
	// In order, so that a cap cuts the same series off at every scrape.
	keys := slices.SortedFunc(maps.Keys(e.groups), Key.Compare)
	for _, key := range keys {
		ports := e.groups[key].ports
		for _, name := range slices.Sorted(maps.Keys(ports)) {
			for _, m := range ports[name].members {
				if len(c.hosts) == mostHosts {
					return c
				}
				c.hosts = append(c.hosts, hostUp{key: key, id: m.id, up: m.verdict.State == health.Healthy})
			}
		}
	}
	return c
}
