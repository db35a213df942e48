package externalservice

import (
	"maps"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/consistency"
	"github.com/external-endpoints/operator/controllers/internal/status"
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
		for i := range states {
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
	statePairs  = pairs("state", states[:])
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

// metrics are about objects; the series of an object end with it, except propagation.
type metrics struct {
	gauges      *gauges
	propagation prometheus.Histogram
}

// RegisterMetrics registers the controller's metrics without a controller, for programs that
// only list them.
func RegisterMetrics(registerer prometheus.Registerer) {
	// What is read at the scrape shows its kind only where there is something to read.
	newMetrics(registerer).gauges.set(types.NamespacedName{}, gauge{conditions: [7]metav1.ConditionStatus{metav1.ConditionTrue}})
	consistency.NewWrites(registerer)
}

func newMetrics(registerer prometheus.Registerer) *metrics {
	m := &metrics{
		gauges: newGauges(),
		propagation: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:                        "external_endpoints_propagation_seconds",
			Help:                        "Time from the probe that decided to the API server's acknowledgement of the slice.",
			Buckets:                     []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60},
			NativeHistogramBucketFactor: 1.1,
			// A write may take any time; past this many buckets they become wider.
			NativeHistogramMaxBucketNumber: 160,
		}),
	}
	if registerer != nil {
		registerer.MustRegister(m.gauges, m.propagation)
	}
	return m
}

// set says what the object's status says.
func (m *metrics) set(object *v1alpha1.ExternalService, r status.Report) {
	is := gauge{published: int32(r.NotInSpec), failStatic: r.Outage}
	counts := worstStates(r.Endpoints)
	for i, state := range states {
		is.hosts[i] = int32(counts[state])
	}
	for _, e := range r.Endpoints {
		if e.Published {
			is.published++
		}
	}
	for i, conditionType := range conditionTypes {
		if c := status.FindCondition(object.Status.Conditions, conditionType); c != nil {
			is.conditions[i] = c.Status
		}
	}
	m.gauges.set(client.ObjectKeyFromObject(object), is)
}

// forget ends the object's series.
func (m *metrics) forget(object types.NamespacedName) { m.gauges.forget(object) }

// conditionTypes are all that a status can have.
var conditionTypes = [7]string{
	v1alpha1.ConditionAccepted, v1alpha1.ConditionProgrammed, v1alpha1.ConditionAvailable, v1alpha1.ConditionReady,
	v1alpha1.ConditionDegraded, v1alpha1.ConditionStalled, v1alpha1.ConditionReconciling,
}

var conditionStatuses = [3]metav1.ConditionStatus{metav1.ConditionTrue, metav1.ConditionFalse, metav1.ConditionUnknown}

// states orders states from good to bad.
var states = [6]v1alpha1.EndpointState{
	v1alpha1.EndpointHealthy, v1alpha1.EndpointDraining, v1alpha1.EndpointDisabled,
	v1alpha1.EndpointUnknown, v1alpha1.EndpointUnhealthy, v1alpha1.EndpointDenied,
}

// worstStates counts hosts by the worst state of their ports; every state is present.
func worstStates(endpoints []v1alpha1.EndpointStatus) map[v1alpha1.EndpointState]int {
	rank := map[v1alpha1.EndpointState]int{}
	counts := map[v1alpha1.EndpointState]int{}
	for i, state := range states {
		rank[state], counts[state] = i, 0
	}
	worst := map[status.HostKey]int{}
	for _, e := range endpoints {
		worst[status.HostOf(e)] = max(worst[status.HostOf(e)], rank[e.State])
	}
	for _, i := range worst {
		counts[states[i]]++
	}
	return counts
}

func number(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
