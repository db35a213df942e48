// Package queries holds every query of the alerts and of the dashboard against the
// metrics that the code registers, with Prometheus' own parser. It is a module of its
// own, so that this parser is no dependency of the operator.
package queries

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"sigs.k8s.io/yaml"

	"github.com/external-endpoints/operator/hack/gen/metrics"
)

const (
	alertsFile    = "../../../charts/external-endpoints/rules/alerts.yaml"
	dashboardFile = "../../../charts/external-endpoints/files/dashboard.json"
)

// metric is what a query may ask of a metric.
type metric struct {
	kind   string
	labels []string
}

// foreign are the metrics of others that queries may use. The labels instance and job
// are those of a scrape.
var foreign = map[string]metric{
	"leader_election_master_status": {"gauge", []string{"name"}},
	"process_cpu_seconds_total":     {"counter", nil},
	"process_resident_memory_bytes": {"gauge", nil},
}

// registered is every metric that there is, the parts of classic histograms included.
func registered(t *testing.T) map[string]metric {
	t.Helper()
	all, err := metrics.Metrics()
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]metric{}
	for _, m := range all {
		known[m.Name] = metric{m.Kind, m.Labels}
		if m.Kind == "histogram" {
			known[m.Name+"_bucket"] = metric{"counter", append([]string{"le"}, m.Labels...)}
		}
	}
	for name, m := range foreign {
		known[name] = m
	}
	return known
}

// queries are all of them, by where they are.
func queries(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	var rules struct {
		Groups []struct {
			Rules []struct {
				Alert string `json:"alert"`
				Expr  string `json:"expr"`
			} `json:"rules"`
		} `json:"groups"`
	}
	if err := yaml.Unmarshal(read(t, alertsFile), &rules); err != nil {
		t.Fatal(err)
	}
	for _, group := range rules.Groups {
		for _, rule := range group.Rules {
			found["alert "+rule.Alert] = rule.Expr
		}
	}
	var dashboard struct {
		Panels []struct {
			ID      int    `json:"id"`
			Title   string `json:"title"`
			Targets []struct {
				RefID string `json:"refId"`
				Expr  string `json:"expr"`
			} `json:"targets"`
		} `json:"panels"`
		Templating struct {
			List []struct{ Name, Type, Query string } `json:"list"`
		} `json:"templating"`
	}
	if err := json.Unmarshal(read(t, dashboardFile), &dashboard); err != nil {
		t.Fatal(err)
	}
	for _, p := range dashboard.Panels {
		for _, target := range p.Targets {
			found[fmt.Sprintf("panel %d %s %s", p.ID, p.Title, target.RefID)] = target.Expr
		}
	}
	for _, v := range dashboard.Templating.List {
		if v.Type == "query" {
			selector, label, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(v.Query, "label_values("), ")"), ", ")
			found["variable "+v.Name] = fmt.Sprintf("count by (%s) (%s)", label, selector)
		}
	}
	if len(found) < 12+30 {
		t.Fatalf("only %d queries were found", len(found))
	}
	return found
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestQueriesUseExistingMetrics(t *testing.T) {
	known := registered(t)
	for where, query := range queries(t) {
		if problems := check(query, known); len(problems) > 0 {
			t.Errorf("%s: %s\n%s", where, strings.Join(problems, "; "), query)
		}
	}
}

func TestMetricsAreUsedInDashboardOrAlerts(t *testing.T) {
	var all strings.Builder
	for _, query := range queries(t) {
		all.WriteString(query + "\n")
	}
	for name := range registered(t) {
		if !strings.Contains(all.String(), name) {
			t.Errorf("nobody looks at %s", name)
		}
	}
}

func TestQueryErrorsAreFound(t *testing.T) {
	known := map[string]metric{
		"up_total": {"counter", []string{"namespace"}}, "hosts": {"gauge", []string{"namespace", "state"}},
	}
	for query, want := range map[string]string{
		`sum by (namespace) (rate(up_total[5m]))`:                       "",
		`sum by (instance) (hosts{state="Healthy"}) and on (job) hosts`: "",
		`changes(hosts[5m])`:        "",
		`sum(rate(up[5m]))`:         "there is no metric up",
		`hosts{stat="Healthy"}`:     "hosts has no label stat",
		`sum by (name) (hosts)`:     "nothing here has the label name",
		`hosts and on (name) hosts`: "nothing here has the label name",
		`up_total == 0`:             "up_total is a counter, which must be within rate, increase or the like",
		`rate(hosts[5m])`:           "hosts is a gauge, of which rate says nothing",
		`{namespace="shop"}`:        "a selector without a name",
		`sum(`:                      "parse",
	} {
		got := strings.Join(check(query, known), "; ")
		if want == "" && got != "" || want != "" && !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q", query, got, want)
		}
	}
}

// ofCounters are the functions that counters are for.
var ofCounters = []string{"rate", "increase", "irate", "resets"}

// check returns what is wrong with a query. Grafana's variables stand for themselves.
func check(query string, known map[string]metric) (problems []string) {
	query = strings.NewReplacer("$__rate_interval", "5m").Replace(query)
	expr, err := parser.NewParser(parser.Options{}).ParseExpr(query)
	if err != nil {
		return []string{"parse: " + err.Error()}
	}
	complain := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	// A label of a grouping must be one of some metric that the query is about.
	usable := []string{"instance", "job"}
	var groupings []string
	parser.Inspect(expr, func(node parser.Node, path []parser.Node) error {
		switch node := node.(type) {
		case *parser.AggregateExpr:
			groupings = append(groupings, node.Grouping...)
		case *parser.BinaryExpr:
			if node.VectorMatching != nil {
				groupings = append(groupings, node.VectorMatching.MatchingLabels...)
			}
		case *parser.VectorSelector:
			m, exists := known[node.Name]
			if !exists {
				if node.Name == "" {
					complain("a selector without a name")
				} else {
					complain("there is no metric %s", node.Name)
				}
				return nil
			}
			usable = append(usable, m.labels...)
			for _, matcher := range node.LabelMatchers {
				if matcher.Name != labels.MetricName && !slices.Contains(m.labels, matcher.Name) {
					complain("%s has no label %s", node.Name, matcher.Name)
				}
			}
			function := functionAround(path)
			counted := slices.Contains(ofCounters, function)
			if (m.kind == "counter" || m.kind == "histogram") && !counted {
				complain("%s is a %s, which must be within rate, increase or the like", node.Name, m.kind)
			}
			if m.kind == "gauge" && counted {
				complain("%s is a gauge, of which %s says nothing", node.Name, function)
			}
		}
		return nil
	})
	for _, label := range groupings {
		if !slices.Contains(usable, label) {
			complain("nothing here has the label %s", label)
		}
	}
	return problems
}

// functionAround is the innermost function that a selector is an argument of.
func functionAround(path []parser.Node) string {
	for _, node := range slices.Backward(path) {
		if call, isCall := node.(*parser.Call); isCall {
			return call.Func.Name
		}
	}
	return ""
}
