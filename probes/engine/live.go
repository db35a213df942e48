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
	hostUpDesc = prometheus.NewDesc("external_endpoints_host_up",
		"1 when the host is healthy on the port, else 0. Read at scrape; the number of series is capped. "+
			"The address of a host that an SRV record leads to has its port number behind it.",
		[]string{"namespace", "name", "address", "port"}, nil)
)

// Describe implements prometheus.Collector.
func (l live) Describe(ch chan<- *prometheus.Desc) {
	ch <- targetsDesc
	ch <- inflightDesc
	ch <- hostUpDesc
}

// Collect implements prometheus.Collector.
func (l live) Collect(ch chan<- prometheus.Metric) {
	targets, inflight, hosts := l.engine.census(l.mostHosts)
	ch <- prometheus.MustNewConstMetric(targetsDesc, prometheus.GaugeValue, float64(targets))
	ch <- prometheus.MustNewConstMetric(inflightDesc, prometheus.GaugeValue, float64(inflight))
	for _, h := range hosts {
		up := 0.0
		if h.up {
			up = 1
		}
		ch <- prometheus.MustNewConstMetric(hostUpDesc, prometheus.GaugeValue, up,
			h.key.Namespace, h.key.Name, h.id.label(), h.id.Port)
	}
}

type hostUp struct {
	key Key
	id  MemberID
	up  bool
}

// census copies what is exported, so that nothing is sent under the lock.
func (e *Engine) census(mostHosts int) (targets, inflight int, hosts []hostUp) {
	e.mu.Lock()
	defer e.mu.Unlock()
	// In order, so that a cap cuts the same series off at every scrape.
	keys := slices.SortedFunc(maps.Keys(e.groups), Key.Compare)
	for _, key := range keys {
		ports := e.groups[key].ports
		for _, name := range slices.Sorted(maps.Keys(ports)) {
			for _, m := range ports[name].members {
				if len(hosts) == mostHosts {
					return len(e.targets), e.inflight, hosts
				}
				hosts = append(hosts, hostUp{key: key, id: m.ID, up: m.verdict.State == health.Healthy})
			}
		}
	}
	return len(e.targets), e.inflight, hosts
}
