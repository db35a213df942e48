package monitoring

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/external-endpoints/operator/test/monitoring/plot"
	"github.com/external-endpoints/operator/test/monitoring/prometheus"
)

// drawn are the panels of the picture and how each is shown. Of panels with the same
// title the last is meant, which is about one ExternalService.
var drawn = []plot.Panel{
	{Title: "Hosts", Kind: plot.Bars},
	{Title: "Conditions", Kind: plot.Bars},
	{Title: "Hosts by state", Kind: plot.Stacked},
	{Title: "Published endpoints"},
	{Title: "Duration of checks", Unit: "s"},
	{Title: "Failed checks by reason", Unit: "ops"},
	{Title: "Lateness of probes", Unit: "s"},
	{Title: "Writes to the API server", Unit: "ops"},
}

// draw asks the queries of the dashboard's main panels over the whole time, and plots
// what Prometheus answers.
func (w *world) draw(t *testing.T, path string, from, to time.Time, marks []plot.Mark) {
	t.Helper()
	p := plot.Picture{Title: "External Endpoints: shop/web", From: from, To: to, Step: time.Second, Marks: marks}
	all := panels(t, w.Namespace, "web", "5s")
	for _, d := range drawn {
		for _, panel := range slices.Backward(all) {
			if panel.Title == d.Title {
				d.Lines = w.lines(t, panel, from, to, d.Kind == plot.Bars)
				break
			}
		}
		if len(d.Lines) == 0 {
			t.Errorf("there is nothing to draw for %s", d.Title)
		}
		p.Panels = append(p.Panels, d)
	}
	var b strings.Builder
	if err := plot.Draw(&b, p); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Logf("the picture is %s", path)
}

// lines are the series of a panel: of lines those that have any value but zero.
func (w *world) lines(t *testing.T, p panel, from, to time.Time, zeros bool) []plot.Line {
	t.Helper()
	var lines []plot.Line
	for _, target := range p.Targets {
		answer, err := w.prometheus.Range(t.Context(), target.Expr, from, to)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range answer {
			line := plot.Line{Name: legend(target.Legend, s.Labels)}
			for _, point := range s.Points {
				line.Times, line.Values = append(line.Times, point.Time), append(line.Values, point.Value)
			}
			if zeros || slices.ContainsFunc(s.Points, func(p prometheus.Point) bool { return p.Value > 0 }) {
				lines = append(lines, line)
			}
		}
	}
	slices.SortStableFunc(lines, func(a, b plot.Line) int { return strings.Compare(a.Name, b.Name) })
	return lines
}
