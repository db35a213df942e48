package externalservice

import (
	"github.com/prometheus/client_golang/prometheus"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/consistency"
)

// metrics tell of objects; all but propagation end with their object.
type metrics struct {
	gauges      *gauges
	propagation prometheus.Histogram
}

// RegisterMetrics registers the controller's metrics without a controller, for those
// who only ask which there are.
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
func (m *metrics) set(object *v1alpha1.ExternalService, r report) {
	is := gauge{published: int32(r.strays), failStatic: r.outage}
	counts := worstStates(r.endpoints)
	for i, state := range gravity {
		is.hosts[i] = int32(counts[state])
	}
	for _, e := range r.endpoints {
		if e.Published {
			is.published++
		}
	}
	for i, conditionType := range conditionTypes {
		if c := findCondition(object.Status.Conditions, conditionType); c != nil {
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

// gravity orders states from good to bad.
var gravity = [6]v1alpha1.EndpointState{
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
