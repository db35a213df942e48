package externalservice

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/status"
)

// scrape lists the samples of gauges and counters, "name{label=value,...} 1".
func scrape(t *testing.T, registry *prometheus.Registry) []string {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var samples []string
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			if metric.GetHistogram() != nil {
				continue
			}
			var labels []string
			for _, label := range metric.GetLabel() {
				labels = append(labels, label.GetName()+"="+label.GetValue())
			}
			value := metric.GetGauge().GetValue() + metric.GetCounter().GetValue()
			samples = append(samples, fmt.Sprintf("%s{%s} %g", family.GetName(), strings.Join(labels, ","), value))
		}
	}
	slices.Sort(samples)
	return samples
}

// notZero leaves out what is 0.
func notZero(samples []string) []string {
	return slices.DeleteFunc(samples, func(s string) bool { return strings.HasSuffix(s, " 0") })
}

func TestMetricsSayWhatTheStatusSays(t *testing.T) {
	registry := prometheus.NewRegistry()
	m := newMetrics(registry)
	o := object()
	tell := func(r status.Report) {
		o.Status = status.Compose(o, r, metav1.NewTime(at(0)))
		m.set(o, r)
	}
	held := telling(lines(v1alpha1.EndpointUnhealthy, v1alpha1.EndpointUnhealthy)...)
	held.Endpoints[0].Published, held.Outage = true, true
	tell(held)
	tell(telling(lines(v1alpha1.EndpointHealthy, v1alpha1.EndpointDraining, v1alpha1.EndpointHealthy)...))

	labels := "{name=orders-db,namespace=shop"
	want := []string{
		"external_endpoints_condition" + labels + ",status=True,type=Accepted} 1",
		"external_endpoints_condition" + labels + ",status=True,type=Available} 1",
		"external_endpoints_condition" + labels + ",status=True,type=Programmed} 1",
		"external_endpoints_condition" + labels + ",status=True,type=Ready} 1",
		"external_endpoints_hosts" + labels + ",state=Draining} 1",
		"external_endpoints_hosts" + labels + ",state=Healthy} 2",
		"external_endpoints_published_endpoints" + labels + "} 2",
	}
	if diff := cmp.Diff(want, notZero(scrape(t, registry))); diff != "" {
		t.Errorf("samples (-want +got):\n%s", diff)
	}
	tell(held)
	if got := scrape(t, registry); !slices.Contains(got, "external_endpoints_fail_static"+labels+"} 1") {
		t.Errorf("an outage is not told: %q", got)
	}
}

func TestEveryStateHasASeries(t *testing.T) {
	counts := worstStates(nil)
	for _, state := range []v1alpha1.EndpointState{v1alpha1.EndpointHealthy, v1alpha1.EndpointUnhealthy, v1alpha1.EndpointUnknown,
		v1alpha1.EndpointDraining, v1alpha1.EndpointDisabled, v1alpha1.EndpointDenied} {
		if count, present := counts[state]; !present || count != 0 {
			t.Errorf("%s: %d, %t", state, count, present)
		}
	}
}

func TestAHostCountsInItsWorstState(t *testing.T) {
	web := line(1, v1alpha1.EndpointUnhealthy, "")
	web.Port = "web"
	counts := worstStates([]v1alpha1.EndpointStatus{line(1, v1alpha1.EndpointHealthy, ""), web, line(2, v1alpha1.EndpointHealthy, "")})
	if counts[v1alpha1.EndpointUnhealthy] != 1 || counts[v1alpha1.EndpointHealthy] != 1 {
		t.Errorf("got %v", counts)
	}
}

func TestMetricsEndWithTheirObject(t *testing.T) {
	registry := prometheus.NewRegistry()
	m := newMetrics(registry)
	o, other := object(), object(func(o *v1alpha1.ExternalService) { o.Name = "other" })
	for _, o := range []*v1alpha1.ExternalService{o, other} {
		r := telling(lines(v1alpha1.EndpointHealthy)...)
		o.Status = status.Compose(o, r, metav1.NewTime(at(0)))
		m.set(o, r)
	}
	m.forget(orders)
	samples := scrape(t, registry)
	if len(samples) == 0 {
		t.Error("the other object's series ended too")
	}
	for _, sample := range samples {
		if !strings.Contains(sample, "name=other") {
			t.Errorf("%s is left", sample)
		}
	}
}

func TestMetricsAreNamedAsPrometheusWantsIt(t *testing.T) {
	registry := prometheus.NewRegistry()
	m := newMetrics(registry)
	r := telling(lines(v1alpha1.EndpointHealthy)...)
	o := object()
	o.Status = status.Compose(o, r, metav1.NewTime(at(0)))
	m.set(o, r)
	m.propagation.Observe(1)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	problems, err := promlint.NewWithMetricFamilies(families).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("problems: %v, error: %v", problems, err)
	}
}
