package externalservice

import (
	"maps"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
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
		name, namespace := pair("name", object.Name), pair("namespace", object.Namespace)
		send := func(desc *prometheus.Desc, value float64, more ...*dto.LabelPair) {
			ch <- sample{desc, append([]*dto.LabelPair{name, namespace}, more...), value}
		}
		for i := range gravity {
			send(g.hosts, float64(is.hosts[i]), statePairs[i])
		}
		send(g.published, float64(is.published))
		send(g.failStatic, number(is.failStatic))
		for i := range conditionTypes {
			for j, status := range conditionStatuses {
				if is.conditions[i] != "" {
					send(g.condition, number(is.conditions[i] == status), statusPairs[j], typePairs[i])
				}
			}
		}
	}
}

// sample is one value at a scrape. Those of the library have every label to
// themselves, which is most of what a scrape takes.
type sample struct {
	desc   *prometheus.Desc
	labels []*dto.LabelPair // sorted by name
	value  float64
}

// Desc implements prometheus.Metric.
func (s sample) Desc() *prometheus.Desc { return s.desc }

// Write implements prometheus.Metric.
func (s sample) Write(out *dto.Metric) error {
	out.Label, out.Gauge = s.labels, &dto.Gauge{Value: &s.value}
	return nil
}

// The labels that all objects share.
var (
	statePairs  = pairs("state", gravity[:])
	typePairs   = pairs("type", conditionTypes[:])
	statusPairs = pairs("status", conditionStatuses[:])
)

func pair(name, value string) *dto.LabelPair { return &dto.LabelPair{Name: &name, Value: &value} }

func pairs[T ~string](name string, values []T) []*dto.LabelPair {
	all := make([]*dto.LabelPair, len(values))
	for i, value := range values {
		all[i] = pair(name, string(value))
	}
	return all
}
