package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	variableUse = regexp.MustCompile(`\$\{?(\w+)\}?`)
	label       = regexp.MustCompile(`\{\{(\w*)\}\}`)
)

// corePanels come with every Grafana; others are plugins.
var corePanels = []string{"row", "stat", "table", "timeseries", "state-timeline"}

// coreUnits are the units that panels here may have, as Grafana names them.
var coreUnits = []string{"", "s", "ops", "short", "percentunit", "bytes", "reqps", "cps", "none"}

// There is no Grafana here; this is what it looks at when it imports a dashboard.
func TestDashboardIsImportable(t *testing.T) {
	d := made(t)
	// Since 36 a data source is an object. Older ones are migrated, newer ones refused.
	if d.SchemaVersion < 36 || d.SchemaVersion > 39 {
		t.Errorf("it has the schema version %d, want one of Grafana 9 to 11", d.SchemaVersion)
	}
	if d.Title == "" || !regexp.MustCompile(`^[a-zA-Z0-9_-]{1,40}$`).MatchString(d.UID) {
		t.Errorf("it has the title %q and the UID %q", d.Title, d.UID)
	}
	if d.Time.From == "" || d.Time.To != "now" {
		t.Errorf("it shows %+v", d.Time)
	}
	for _, p := range d.Panels {
		if !slices.Contains(corePanels, p.Type) {
			t.Errorf("%q is of the type %q, which takes a plugin", p.Title, p.Type)
		}
		if p.ID <= 0 || p.Title == "" || p.Type == "row" && (len(p.Targets) > 0 || p.GridPos.W != width || p.GridPos.H != 1) {
			t.Errorf("panel %d %q has %d queries at %+v", p.ID, p.Title, len(p.Targets), p.GridPos)
		}
		if p.FieldConfig != nil && !slices.Contains(coreUnits, p.FieldConfig.Defaults.Unit) {
			t.Errorf("%q has the unit %q", p.Title, p.FieldConfig.Defaults.Unit)
		}
		for _, q := range p.Targets {
			if q.RefID == "" || q.Expr == "" {
				t.Errorf("%q has a query %q of %q", p.Title, q.RefID, q.Expr)
			}
			if p.Type == "table" && (!q.Instant || q.Format != "table") {
				t.Errorf("%q is a table of more than one moment", p.Title)
			}
		}
	}
}

// A variable that nobody defines is sent to Prometheus as it is.
func TestVariablesAreDefinedBeforeUse(t *testing.T) {
	d := made(t)
	known := []string{"__rate_interval", "__interval", "__range"}
	uses := func(where, text string) {
		for _, use := range variableUse.FindAllStringSubmatch(text, -1) {
			if !slices.Contains(known, use[1]) {
				t.Errorf("%s uses $%s", where, use[1])
			}
		}
	}
	for i, v := range d.Templating.List {
		switch v.Type {
		case "datasource":
			if i != 0 || v.Query != "prometheus" || v.Name != "datasource" {
				t.Errorf("variable %d is %+v", i, v)
			}
		case "query":
			if v.Datasource == nil || v.Datasource.Type != "prometheus" || v.Datasource.UID != "${datasource}" || v.Refresh == 0 {
				t.Errorf("variable %q asks %+v, and again at %d", v.Name, v.Datasource, v.Refresh)
			}
			uses("variable "+v.Name, v.Query)
		default:
			t.Errorf("variable %q is of the type %q", v.Name, v.Type)
		}
		known = append(known, v.Name)
	}
	for _, p := range d.Panels {
		uses(p.Title, p.Title+" "+p.Description)
		for _, q := range p.Targets {
			uses(p.Title, q.Expr)
			for _, l := range label.FindAllStringSubmatch(q.LegendFormat, -1) {
				if !strings.Contains(q.Expr, l[1]) {
					t.Errorf("%q names its series by %q, which %s need not have", p.Title, l[1], q.Expr)
				}
			}
		}
	}
}
