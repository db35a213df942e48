package access

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/external-endpoints/operator/test/framework"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// metric is a metric as users rely on it.
type metric struct {
	Kind   string
	Labels []string // sorted; a histogram's buckets have le beside
}

// contract is every metric of this version.
var contract = map[string]metric{
	"external_endpoints_host_up":                {"gauge", []string{"address", "name", "namespace", "port"}},
	"external_endpoints_hosts":                  {"gauge", []string{"name", "namespace", "state"}},
	"external_endpoints_published_endpoints":    {"gauge", []string{"name", "namespace"}},
	"external_endpoints_probes_total":           {"counter", []string{"check", "name", "namespace", "result"}},
	"external_endpoints_probe_failures_total":   {"counter", []string{"name", "namespace", "reason"}},
	"external_endpoints_probe_duration_seconds": {"histogram", []string{"check", "name", "namespace"}},
	"external_endpoints_probe_lateness_seconds": {"histogram", nil},
	"external_endpoints_probe_backlog_seconds":  {"gauge", []string{"namespace"}},
	"external_endpoints_transitions_total":      {"counter", []string{"name", "namespace", "to"}},
	"external_endpoints_propagation_seconds":    {"histogram", nil},
	"external_endpoints_fail_static":            {"gauge", []string{"name", "namespace"}},
	"external_endpoints_api_writes_total":       {"counter", []string{"operation", "resource", "result"}},
	"external_endpoints_engine_targets":         {"gauge", nil},
	"external_endpoints_engine_inflight":        {"gauge", nil},
	"external_endpoints_prober_isolated":        {"gauge", nil},
	"external_endpoints_name_lookups_total":     {"counter", []string{"result"}},
	"external_endpoints_condition":              {"gauge", []string{"name", "namespace", "status", "type"}},
}

func TestMetricsMatchContractAndEndWithObject(t *testing.T) {
	w := world(t)
	hosts := w.Cluster.Hosts()[:3]
	object := w.Web("measured", hosts...)
	w.Serve(t, object)
	if err := hosts[0].Kill(); err != nil {
		t.Fatal(err)
	}
	waits.Eventually(t, waits.Timeout, func() error { return framework.ToldOut(w.Get(t, object), hosts[0], "ConnectionRefused") })

	if diff := cmp.Diff(contract, metricsIn(w.scrape(t))); diff != "" {
		t.Errorf("metrics (-contract +scraped):\n%s", diff)
	}
	for series, want := range map[string]string{
		`external_endpoints_host_up{address="192.0.2.101",name="measured",namespace="NS",port="http"}`:           "0",
		`external_endpoints_host_up{address="192.0.2.102",name="measured",namespace="NS",port="http"}`:           "1",
		`external_endpoints_hosts{name="measured",namespace="NS",state="Healthy"}`:                               "2",
		`external_endpoints_hosts{name="measured",namespace="NS",state="Unhealthy"}`:                             "1",
		`external_endpoints_published_endpoints{name="measured",namespace="NS"}`:                                 "2",
		`external_endpoints_transitions_total{name="measured",namespace="NS",to="Unhealthy"}`:                    "1",
		`external_endpoints_fail_static{name="measured",namespace="NS"}`:                                         "0",
		`external_endpoints_condition{name="measured",namespace="NS",status="True",type="Ready"}`:                "1",
		`external_endpoints_condition{name="measured",namespace="NS",status="False",type="Ready"}`:               "0",
		`external_endpoints_condition{name="measured",namespace="NS",status="True",type="Degraded"}`:             "1",
		`external_endpoints_probe_failures_total{name="measured",namespace="NS",reason="ConnectionRefused"}`:     "",
		`external_endpoints_probe_duration_seconds_count{check="http",name="measured",namespace="NS"}`:           "",
		`external_endpoints_probes_total{check="http",name="measured",namespace="NS",result="success"}`:          "",
		`external_endpoints_api_writes_total{operation="update",resource="endpointslices",result="ok"}`:          "",
		`external_endpoints_api_writes_total{operation="update_status",resource="externalservices",result="ok"}`: "",
	} {
		series = strings.ReplaceAll(series, "NS", w.Namespace)
		waits.Eventually(t, waits.Timeout, func() error { return says(w.scrape(t), series, want) })
	}

	if err := hosts[0].Recover(); err != nil {
		t.Fatal(err)
	}
	w.Remove(t, object)
	waits.Eventually(t, waits.Timeout, func() error {
		for line := range strings.Lines(w.scrape(t)) {
			if strings.Contains(line, `namespace="`+w.Namespace+`"`) {
				return errors.New("the object is gone, and there is still " + line)
			}
		}
		return nil
	})
}

// scrape is what the shared operator tells Prometheus.
func (w *World) scrape(t *testing.T) string {
	t.Helper()
	scrape, err := w.Operator.Metrics(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return scrape
}

var (
	typeLine   = regexp.MustCompile(`(?m)^# TYPE (external_endpoints_\w+) (\w+)$`)
	sampleLine = regexp.MustCompile(`(?m)^(external_endpoints_\w+?)(?:_bucket|_sum|_count)?(?:\{(.*)\})? \S+$`)
	labelName  = regexp.MustCompile(`(\w+)="(?:[^"\\]|\\.)*"`)
)

// metricsIn finds the product's metrics in a scrape, with all labels that they have.
func metricsIn(scrape string) map[string]metric {
	found := map[string]metric{}
	for _, line := range typeLine.FindAllStringSubmatch(scrape, -1) {
		found[line[1]] = metric{Kind: line[2]}
	}
	for _, line := range sampleLine.FindAllStringSubmatch(scrape, -1) {
		m := found[line[1]]
		for _, label := range labelName.FindAllStringSubmatch(line[2], -1) {
			if name := label[1]; name != "le" && !slices.Contains(m.Labels, name) {
				m.Labels = append(m.Labels, name)
			}
		}
		slices.Sort(m.Labels)
		found[line[1]] = m
	}
	return found
}

// says returns nil when the scrape has a series with that value; empty: any but zero.
func says(scrape, series, want string) error {
	for line := range strings.Lines(scrape) {
		got, found := strings.CutPrefix(strings.TrimSpace(line), series+" ")
		switch {
		case !found:
		case got == want, want == "" && got != "0":
			return nil
		default:
			return fmt.Errorf("%s is %s, want %q", series, got, want)
		}
	}
	return fmt.Errorf("no series %s", series)
}
