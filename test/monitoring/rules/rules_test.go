// Package rules tests the alerts of the chart: each has a file of its name here with
// cases in which it fires and in which it stays quiet, for `promtool test rules`.
package rules

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/external-endpoints/operator/test/monitoring/prometheus"
)

const (
	alertsFile   = "../../../charts/external-endpoints/rules/alerts.yaml"
	runbooksFile = "../../../docs/user/alerts.md"
	runbooksURL  = "https://github.com/external-endpoints/operator/blob/main/docs/user/alerts.md#"
)

// alert is an alert as a rule file has it.
type alert struct {
	Alert       string            `json:"alert"`
	Expr        string            `json:"expr"`
	For         string            `json:"for"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
}

func alerts(t *testing.T) []alert {
	t.Helper()
	var file struct {
		Groups []struct {
			Rules []alert `json:"rules"`
		} `json:"groups"`
	}
	decode(t, alertsFile, &file)
	if len(file.Groups) != 1 || len(file.Groups[0].Rules) == 0 {
		t.Fatalf("%s has no alerts, or more than one group", alertsFile)
	}
	return file.Groups[0].Rules
}

func decode(t *testing.T, path string, into any) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(content, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

func TestAlertsMatchContract(t *testing.T) {
	want := map[string]string{
		"NoHealthyHosts": "critical", "HostDown": "warning", "HostFlapping": "warning", "FailStatic": "warning",
		"ProberIsolated": "critical", "ProbesLate": "warning", "ProbesHeldBack": "warning", "PropagationSlow": "warning", "WriteErrors": "critical",
		"NameResolutionFailing": "warning", "CertificateExpiring": "warning", "OperatorDown": "critical", "Stalled": "warning",
	}
	got := map[string]string{}
	for _, a := range alerts(t) {
		got[a.Alert] = a.Labels["severity"]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("severities (-want +got):\n%s", diff)
	}
}

func TestAlertsHaveAnnotationsAndRunbook(t *testing.T) {
	runbooks, err := os.ReadFile(runbooksFile)
	if err != nil {
		t.Fatal(err)
	}
	sections := map[string]string{}
	for _, section := range strings.Split(string(runbooks), "\n## ")[1:] {
		title, text, _ := strings.Cut(section, "\n")
		sections[title] = text
	}
	for _, a := range alerts(t) {
		for _, annotation := range []string{"summary", "description"} {
			if a.Annotations[annotation] == "" {
				t.Errorf("%s has no %s", a.Alert, annotation)
			}
		}
		if want := runbooksURL + strings.ToLower(a.Alert); a.Annotations["runbook_url"] != want {
			t.Errorf("the runbook of %s is at %s, want %s", a.Alert, a.Annotations["runbook_url"], want)
		}
		for _, part := range []string{"**Means.**", "**Look.**", "**Do.**", "```sh"} {
			if !strings.Contains(sections[a.Alert], part) {
				t.Errorf("the runbook of %s lacks %s", a.Alert, part)
			}
		}
		delete(sections, a.Alert)
	}
	for title := range sections {
		if strings.Contains(sections[title], "**Means.**") {
			t.Errorf("there is a runbook for %s, which is no alert", title)
		}
	}
}

func TestAlertsFireAsExpected(t *testing.T) {
	promtool := prometheus.Find(t, "promtool")
	folder := t.TempDir()
	duplicate(t, alertsFile, filepath.Join(folder, "alerts.yaml"))
	var names []string
	for _, a := range alerts(t) {
		names = append(names, a.Alert)
		t.Run(a.Alert, func(t *testing.T) {
			name := a.Alert + ".yaml"
			kinds := casesIn(t, name)
			if !slices.Contains(kinds, "fires") || !slices.Contains(kinds, "quiet") {
				t.Fatalf("%s must have a case that fires and one that is quiet, has %q", name, kinds)
			}
			duplicate(t, name, filepath.Join(folder, name))
			command := exec.CommandContext(t.Context(), promtool, "test", "rules", name)
			command.Dir = folder
			if out, err := command.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
	files, err := filepath.Glob("*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !slices.Contains(names, strings.TrimSuffix(file, ".yaml")) {
			t.Errorf("%s tests no alert", file)
		}
	}
}

// casesIn are the kinds of a file's cases, "fires" and "quiet", and each is what it says.
func casesIn(t *testing.T, file string) []string {
	t.Helper()
	var cases struct {
		Tests []struct {
			Name  string `json:"name"`
			Rules []struct {
				Expected []any `json:"exp_alerts"`
			} `json:"alert_rule_test"`
		} `json:"tests"`
	}
	decode(t, file, &cases)
	var kinds []string
	for _, c := range cases.Tests {
		kind, _, _ := strings.Cut(c.Name, ":")
		kinds = append(kinds, kind)
		if len(c.Rules) != 1 || len(c.Rules[0].Expected) > 0 != (kind == "fires") {
			t.Errorf("%q in %s expects something else", c.Name, file)
		}
	}
	return kinds
}

func duplicate(t *testing.T, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, content, 0o644); err != nil {
		t.Fatal(err)
	}
}
