package metrics

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
)

// signature is what queries rely on.
type signature struct {
	Kind   string
	Labels []string
}

// contract is every metric that users were promised.
var contract = map[string]signature{
	"external_endpoints_host_up":                {"gauge", []string{"namespace", "name", "address", "port"}},
	"external_endpoints_hosts":                  {"gauge", []string{"namespace", "name", "state"}},
	"external_endpoints_published_endpoints":    {"gauge", []string{"namespace", "name"}},
	"external_endpoints_probes_total":           {"counter", []string{"namespace", "name", "check", "result"}},
	"external_endpoints_probe_failures_total":   {"counter", []string{"namespace", "name", "reason"}},
	"external_endpoints_probe_duration_seconds": {"histogram", []string{"namespace", "name", "check"}},
	"external_endpoints_probe_lateness_seconds": {"histogram", nil},
	"external_endpoints_probe_backlog_seconds":  {"gauge", []string{"namespace"}},
	"external_endpoints_transitions_total":      {"counter", []string{"namespace", "name", "to"}},
	"external_endpoints_propagation_seconds":    {"histogram", nil},
	"external_endpoints_fail_static":            {"gauge", []string{"namespace", "name"}},
	"external_endpoints_api_writes_total":       {"counter", []string{"resource", "operation", "result"}},
	"external_endpoints_prober_isolated":        {"gauge", nil},
	"external_endpoints_engine_targets":         {"gauge", nil},
	"external_endpoints_engine_inflight":        {"gauge", nil},
	"external_endpoints_name_lookups_total":     {"counter", []string{"result"}},
	"external_endpoints_condition":              {"gauge", []string{"namespace", "name", "type", "status"}},
}

func all(t *testing.T) []Metric {
	t.Helper()
	metrics, err := Metrics()
	if err != nil {
		t.Fatal(err)
	}
	return metrics
}

func TestMetricsMatchContract(t *testing.T) {
	got := map[string]signature{}
	for _, m := range all(t) {
		got[m.Name] = signature{m.Kind, m.Labels}
	}
	if diff := cmp.Diff(contract, got); diff != "" {
		t.Errorf("metrics (-contract +code):\n%s", diff)
	}
}

func TestMetricsPassPrometheusLint(t *testing.T) {
	kinds := map[string]dto.MetricType{
		"counter": dto.MetricType_COUNTER, "gauge": dto.MetricType_GAUGE, "histogram": dto.MetricType_HISTOGRAM,
	}
	var families []*dto.MetricFamily
	for _, m := range all(t) {
		family := &dto.MetricFamily{Name: &m.Name, Help: &m.Help, Type: kinds[m.Kind].Enum(), Metric: []*dto.Metric{{}}}
		for _, label := range m.Labels {
			family.Metric[0].Label = append(family.Metric[0].Label, &dto.LabelPair{Name: &label})
		}
		families = append(families, family)
	}
	problems, err := promlint.NewWithMetricFamilies(families).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("problems: %v, error: %v", problems, err)
	}
}

// TestHistogramsAreClassicNativeAndBounded fills every histogram with values that
// are spread over fifteen powers of ten, as no clock would.
func TestHistogramsAreClassicNativeAndBounded(t *testing.T) {
	const most = 160
	found, err := collect()
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, c := range found {
		var observe func(float64)
		switch c := c.(type) {
		case *prometheus.HistogramVec:
			observe = c.WithLabelValues("n", "n", "tcp").Observe
		case prometheus.Histogram:
			observe = c.Observe
		default:
			continue
		}
		for value := 1e-9; value < 1e6; value *= 1.05 {
			observe(value)
		}
		var sample dto.Metric
		if err := drain(c.Collect)[0].Write(&sample); err != nil {
			t.Fatal(err)
		}
		h := sample.GetHistogram()
		if name := drain(c.Describe)[0].String(); len(h.Bucket) < 10 || h.Schema == nil || len(h.PositiveDelta) < 10 || len(h.PositiveDelta) > most {
			t.Errorf("%s has %d classic and %d native buckets, want 10 and more of both, and at most %d native ones",
				name, len(h.Bucket), len(h.PositiveDelta), most)
		}
		checked++
	}
	if checked != 3 {
		t.Errorf("there are %d histograms, want 3", checked)
	}
}

func TestTableListsEveryMetric(t *testing.T) {
	got := Table([]Metric{{"a_total", "counter", []string{"namespace", "name"}, "Either a | or b."}, {"b", "gauge", nil, "One."}})
	want := "| metric | kind | labels | meaning |\n|---|---|---|---|\n" +
		"| `a_total` | counter | `namespace`, `name` | Either a \\| or b. |\n| `b` | gauge |  | One. |\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRegistererForgetsUnregistered(t *testing.T) {
	one, other := prometheus.NewGauge(prometheus.GaugeOpts{Name: "a"}), prometheus.NewGauge(prometheus.GaugeOpts{Name: "b"})
	var c collectors
	c.MustRegister(one)
	if !c.Unregister(one) || c.Unregister(other) || slices.Contains(c, prometheus.Collector(one)) {
		t.Errorf("got %v", c)
	}
}
