package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// rules are alerts to try the template with, in the form of a file for Prometheus.
const rules = `
groups:
- name: hosts
  rules:
  - record: hosts:up
    expr: sum(external_endpoints_host_up)
  - alert: HostDown
    expr: external_endpoints_host_up == 0
    for: 5m
    labels: {severity: warning, area: network}
    annotations: {summary: "{{ $labels.address }} is down", runbook_url: "docs/user/alerts.md#hostdown"}
  - alert: FailStatic
    expr: external_endpoints_fail_static == 1
    labels: {severity: critical}
`

const dashboard = `{"title": "{{name}}", "panels": []}`

// withWatching is a copy of the chart with rules and dashboard of the test's own.
func withWatching(t *testing.T) string {
	t.Helper()
	copied := filepath.Join(t.TempDir(), "external-endpoints")
	if err := os.CopyFS(copied, os.DirFS(chartFolder)); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(copied, "rules")); err != nil {
		t.Fatal(err)
	}
	for path, content := range map[string]string{"rules/test.yaml": rules, "files/dashboard.json": dashboard} {
		if err := write(filepath.Join(copied, path), []byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	return copied
}

func TestAlertsMatchRulesFile(t *testing.T) {
	for _, c := range []struct {
		name, values string
		want         map[string]map[string]any // by alert; nil: it is not there
	}{
		{"as they are", "", map[string]map[string]any{
			"HostDown": {
				"for": "5m", "labels": map[string]any{"severity": "warning", "area": "network"},
				"annotations": map[string]any{"summary": "{{ $labels.address }} is down", "runbook_url": "docs/user/alerts.md#hostdown"},
			},
			"FailStatic": {"labels": map[string]any{"severity": "critical"}},
		}},
		{"one off, one changed, and runbooks elsewhere",
			"runbookUrl: https://wiki.example/alerts\n" +
				"  alerts: {FailStatic: {enabled: false}, HostDown: {severity: page, for: 1m, labels: {team: net}}}",
			map[string]map[string]any{
				"HostDown": {
					"for": "1m", "labels": map[string]any{"severity": "page", "area": "network", "team": "net"},
					"annotations": map[string]any{
						"summary": "{{ $labels.address }} is down", "runbook_url": "https://wiki.example/alerts#hostdown",
					},
				},
			}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			all := render(t, withWatching(t), "prometheusRule:\n  enabled: true\n  labels: {release: prometheus}\n  "+c.values)
			rule := one[unstructured.Unstructured](t, all, "PrometheusRule")
			if rule.GetLabels()["release"] != "prometheus" {
				t.Errorf("a Prometheus that looks for release=prometheus does not find it: %v", rule.GetLabels())
			}
			groups, _, err := unstructured.NestedSlice(rule.Object, "spec", "groups")
			if err != nil || len(groups) != 1 {
				t.Fatalf("groups %v, %v", groups, err)
			}
			got, records := map[string]map[string]any{}, 0
			for _, entry := range groups[0].(map[string]any)["rules"].([]any) {
				entry := entry.(map[string]any)
				alert, isAlert := entry["alert"].(string)
				if !isAlert {
					records++
					continue
				}
				delete(entry, "alert")
				delete(entry, "expr")
				got[alert] = entry
			}
			if diff := cmp.Diff(c.want, got); diff != "" || records != 1 {
				t.Errorf("%d recording rules, alerts (-want +got):\n%s", records, diff)
			}
		})
	}
}

func TestDashboardHasGrafanaLabel(t *testing.T) {
	all := render(t, withWatching(t), "grafanaDashboard: {enabled: true, sidecarLabel: dash, sidecarLabelValue: 'yes', annotations: {folder: net}}")
	got := one[corev1.ConfigMap](t, all, "ConfigMap")
	if got.Labels["dash"] != "yes" || got.Annotations["folder"] != "net" || got.Data["external-endpoints.json"] != dashboard {
		t.Errorf("got %+v", got)
	}
}

func TestServiceMonitorMatchesMetricsEndpoint(t *testing.T) {
	for values, want := range map[string]map[string]any{
		"serviceMonitor: {enabled: true, interval: 15s, labels: {release: prometheus}}": {
			"port": "metrics", "scheme": "https", "interval": "15s", "honorLabels": true,
			"bearerTokenFile": "/var/run/secrets/kubernetes.io/serviceaccount/token",
			"tlsConfig":       map[string]any{"insecureSkipVerify": true},
		},
		"{serviceMonitor: {enabled: true}, metrics: {secure: false}}": {"port": "metrics", "honorLabels": true},
	} {
		monitor := one[unstructured.Unstructured](t, render(t, chartFolder, values), "ServiceMonitor")
		endpoints, _, err := unstructured.NestedSlice(monitor.Object, "spec", "endpoints")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]any{want}, endpoints); diff != "" {
			t.Errorf("%s (-want +got):\n%s", values, diff)
		}
	}
}
