package externalservice

import (
	"maps"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// gauges export what the objects' status says, read at the scrape from a few bytes for
// each object: thirty series that are kept between scrapes take as much memory as all
// the rest that the operator knows of an object.
type gauges struct {
	hosts, published, failStatic, condition *prometheus.Desc

	mu       sync.Mutex
	byObject map[types.NamespacedName]gauge
}

// gauge is what is exported of one object.
type gauge struct {
	hosts      [6]int32 // by gravity
	published  int32
	failStatic bool
	// conditions are in the order of conditionTypes; empty: there is no such condition.
	conditions [7]metav1.ConditionStatus
}

func newGauges() *gauges {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, append([]string{"namespace", "name"}, labels...), nil)
	}
	return &gauges{
		hosts: desc("external_endpoints_hosts",
			"Hosts by state. A host counts in the worst state that it has on any port.", "state"),
		published: desc("external_endpoints_published_endpoints",
			"Endpoints (host and port) that receive traffic."),
		failStatic: desc("external_endpoints_fail_static",
			"1 while too few hosts are healthy and failurePolicy says who is published."),
		condition: desc("external_endpoints_condition",
			"1 for the status that each condition has.", "type", "status"),
		byObject: map[types.NamespacedName]gauge{},
	}
}

func (g *gauges) set(object types.NamespacedName, is gauge) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.byObject[object] = is
}

func (g *gauges) forget(object types.NamespacedName) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.byObject, object)
}

// Describe implements prometheus.Collector.
func (g *gauges) Describe(ch chan<- *prometheus.Desc) {
	ch <- g.hosts
	ch <- g.published
	ch <- g.failStatic
	ch <- g.condition
}

// Collect implements prometheus.Collector.
func (g *gauges) Collect(ch chan<- prometheus.Metric) {
	g.mu.Lock()
	all := maps.Clone(g.byObject) // nothing is sent under the lock
	g.mu.Unlock()
	for object, is := range all {
		send := func(desc *prometheus.Desc, value float64, labels ...string) {
			ch <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, append([]string{object.Namespace, object.Name}, labels...)...)
		}
		for i, state := range gravity {
			send(g.hosts, float64(is.hosts[i]), string(state))
		}
		send(g.published, float64(is.published))
		send(g.failStatic, number(is.failStatic))
		for i, conditionType := range conditionTypes {
			for _, status := range conditionStatuses {
				if is.conditions[i] != "" {
					send(g.condition, number(is.conditions[i] == status), conditionType, string(status))
				}
			}
		}
	}
}
