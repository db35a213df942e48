package monitoring

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

const (
	alertsFile    = "../../charts/external-endpoints/rules/alerts.yaml"
	dashboardFile = "../../charts/external-endpoints/files/dashboard.json"
)

// ofTheMachine are alerts that a machine with other work to do may well set off: they
// keep their patience.
var ofTheMachine = []any{"ProbesLate", "ProbesHeldBack", "PropagationSlow"}

// impatient are the rules of the chart, whose alerts fire after two seconds.
func impatient(t *testing.T) string {
	t.Helper()
	var file struct {
		Groups []struct {
			Name  string           `json:"name"`
			Rules []map[string]any `json:"rules"`
		} `json:"groups"`
	}
	if err := yaml.Unmarshal(read(t, alertsFile), &file); err != nil {
		t.Fatal(err)
	}
	for _, group := range file.Groups {
		for _, rule := range group.Rules {
			if !slices.Contains(ofTheMachine, rule["alert"]) {
				rule["for"] = "2s"
			}
		}
	}
	content, err := yaml.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// rule is an alert of the chart.
type rule struct {
	Alert string `json:"alert"`
	Expr  string `json:"expr"`
}

// rules are all of them.
func rules(t *testing.T) []rule {
	t.Helper()
	var file struct {
		Groups []struct {
			Rules []rule `json:"rules"`
		} `json:"groups"`
	}
	if err := yaml.Unmarshal(read(t, alertsFile), &file); err != nil {
		t.Fatal(err)
	}
	var all []rule
	for _, group := range file.Groups {
		all = append(all, group.Rules...)
	}
	return all
}

// panel is a panel of the dashboard.
type panel struct {
	Title   string `json:"title"`
	Targets []struct {
		Expr   string `json:"expr"`
		Legend string `json:"legendFormat"`
	} `json:"targets"`
}

// panels are those of the dashboard, as somebody sees them who looks at one
// ExternalService, with every variable filled in.
func panels(t *testing.T, namespace, name, rateInterval string) []panel {
	t.Helper()
	filled := strings.NewReplacer("$namespace", namespace, "$name", name, "$__rate_interval", rateInterval)
	var dashboard struct {
		Panels []panel `json:"panels"`
	}
	if err := json.Unmarshal(read(t, dashboardFile), &dashboard); err != nil {
		t.Fatal(err)
	}
	for _, p := range dashboard.Panels {
		for i := range p.Targets {
			p.Targets[i].Expr = filled.Replace(p.Targets[i].Expr)
		}
	}
	return dashboard.Panels
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

var placeholder = regexp.MustCompile(`\{\{(\w+)\}\}`)

// legend is what a series is called.
func legend(format string, labels map[string]string) string {
	if format == "" {
		return fmt.Sprint(labels)
	}
	return placeholder.ReplaceAllStringFunc(format, func(p string) string { return labels[strings.Trim(p, "{}")] })
}
