package externalservice

import (
	"github.com/prometheus/client_golang/prometheus"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/apply"
)

// metrics tell of objects; all but propagation end with their object.
type metrics struct {
	hosts       *prometheus.GaugeVec
	published   *prometheus.GaugeVec
	failStatic  *prometheus.GaugeVec
	condition   *prometheus.GaugeVec
	propagation prometheus.Histogram
}

// RegisterMetrics registers the controller's metrics without a controller, for those
// who only ask which there are.
func RegisterMetrics(registerer prometheus.Registerer) {
	newMetrics(registerer)
	apply.NewWrites(registerer)
}

func newMetrics(registerer prometheus.Registerer) *metrics {
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help},
			append([]string{"namespace", "name"}, labels...))
	}
	m := &metrics{
		hosts: gauge("external_endpoints_hosts",
			"Hosts by state. A host counts in the worst state that it has on any port.", "state"),
		published: gauge("external_endpoints_published_endpoints",
			"Endpoints (host and port) that receive traffic."),
		failStatic: gauge("external_endpoints_fail_static",
			"1 while too few hosts are healthy and failurePolicy says who is published."),
		condition: gauge("external_endpoints_condition",
			"1 for the status that each condition has.", "type", "status"),
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
		registerer.MustRegister(m.hosts, m.published, m.failStatic, m.condition, m.propagation)
	}
	return m
}

// set says what the object's status says. Series are set in place and one by one: to
// delete all of the object's first would search those of all objects, and a scrape in
// between would find none.
func (m *metrics) set(object *v1alpha1.ExternalService, r report) {
	namespace, name := object.Namespace, object.Name
	for state, count := range worstStates(r.endpoints) {
		m.hosts.WithLabelValues(namespace, name, string(state)).Set(float64(count))
	}
	published := r.strays
	for _, e := range r.endpoints {
		if e.Published {
			published++
		}
	}
	m.published.WithLabelValues(namespace, name).Set(float64(published))
	m.failStatic.WithLabelValues(namespace, name).Set(number(r.outage))
	for _, conditionType := range conditionTypes {
		c := findCondition(object.Status.Conditions, conditionType)
		for _, status := range conditionStatuses {
			if c == nil {
				m.condition.DeleteLabelValues(namespace, name, conditionType, string(status))
				continue
			}
			m.condition.WithLabelValues(namespace, name, conditionType, string(status)).Set(number(c.Status == status))
		}
	}
}

// forget ends the object's series.
func (m *metrics) forget(object types.NamespacedName) {
	namespace, name := object.Namespace, object.Name
	for _, state := range gravity {
		m.hosts.DeleteLabelValues(namespace, name, string(state))
	}
	m.published.DeleteLabelValues(namespace, name)
	m.failStatic.DeleteLabelValues(namespace, name)
	for _, conditionType := range conditionTypes {
		for _, status := range conditionStatuses {
			m.condition.DeleteLabelValues(namespace, name, conditionType, string(status))
		}
	}
}

// conditionTypes are all that a status can have.
var conditionTypes = []string{
	v1alpha1.ConditionAccepted, v1alpha1.ConditionProgrammed, v1alpha1.ConditionAvailable, v1alpha1.ConditionReady,
	v1alpha1.ConditionDegraded, v1alpha1.ConditionStalled, v1alpha1.ConditionReconciling,
}

var conditionStatuses = []metav1.ConditionStatus{metav1.ConditionTrue, metav1.ConditionFalse, metav1.ConditionUnknown}

// gravity orders states from good to bad.
var gravity = []v1alpha1.EndpointState{
	v1alpha1.EndpointHealthy, v1alpha1.EndpointDraining, v1alpha1.EndpointDisabled,
	v1alpha1.EndpointUnknown, v1alpha1.EndpointUnhealthy, v1alpha1.EndpointDenied,
}

// worstStates counts hosts by the worst state of their ports; every state is present.
func worstStates(endpoints []v1alpha1.EndpointStatus) map[v1alpha1.EndpointState]int {
	rank := map[v1alpha1.EndpointState]int{}
	counts := map[v1alpha1.EndpointState]int{}
	for i, state := range gravity {
		rank[state], counts[state] = i, 0
	}
	worst := map[hostKey]int{}
	for _, e := range endpoints {
		worst[hostOf(e)] = max(worst[hostOf(e)], rank[e.State])
	}
	for _, i := range worst {
		counts[gravity[i]]++
	}
	return counts
}

func number(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
