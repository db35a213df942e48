package monitoring

import (
	"flag"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/external-endpoints/operator/hack/gen/metrics"
	"github.com/external-endpoints/operator/test/framework/waits"
	"github.com/external-endpoints/operator/test/monitoring/plot"
)

var picture = flag.String("picture", "", "file to draw the dashboard's main panels to, as SVG")

func TestPrometheusAlertsFire(t *testing.T) {
	w := newWorld(t)
	hosts := w.Cluster.Hosts()
	targets := w.operate(t)
	shopfront, lonely := w.Web("web", hosts[:3]...), w.Web("lonely", hosts[3])
	w.Create(t, shopfront)
	w.Create(t, lonely)
	w.awaitReady(t, shopfront)
	w.awaitReady(t, lonely)
	w.scrape(t, targets, impatient(t))

	// Prometheus evaluates its first rules before it has scraped anything.
	w.began = time.Now()
	var marks []plot.Mark
	mark := func(text string) { marks = append(marks, plot.Mark{Time: time.Now(), Text: text}) }
	waits.Elapse(t, 8*time.Second)
	w.wantFired(t) // nothing yet

	mark("a host dies")
	must(t, hosts[0].Kill())
	w.wantFired(t, "HostDown web")
	waits.Elapse(t, 4*time.Second)

	mark("another service loses its only host")
	must(t, hosts[3].Kill())
	claimer := w.Web("claimer", hosts[1])
	claimer.Spec.Service.Name = "web"
	w.Create(t, claimer)
	w.Create(t, w.expiring(t, "mail"))
	// mail was never published: there is nothing to hold.
	want := []string{"HostDown web", "HostDown lonely", "NoHealthyHosts lonely", "FailStatic lonely", "Stalled claimer",
		"HostDown mail", "NoHealthyHosts mail", "CertificateExpiring mail"}
	w.wantFired(t, want...)
	w.wantData(t)
	w.wantMetrics(t)

	must(t, hosts[0].Recover())
	must(t, hosts[3].Recover())
	mark("both are back")
	w.awaitReady(t, shopfront)
	w.awaitReady(t, lonely)
	waits.Elapse(t, 6*time.Second)
	if *picture != "" {
		w.draw(t, *picture, w.began, time.Now(), marks)
	}

	flapping := w.Web("flapping", hosts[4], hosts[1])
	w.Create(t, flapping)
	w.awaitReady(t, flapping)
	must(t, hosts[4].Kill())
	want = append(want, "HostDown flapping")
	w.wantFired(t, want...)
	must(t, hosts[4].Recover())
	w.awaitReady(t, flapping)
	giveBack := w.forbid(t, "endpointslices", "update")
	for range 5 { // each is one write that is refused; Prometheus cannot see the first of a new series as an increase
		w.flap(t, flapping, hosts[4])
	}
	w.Create(t, w.unresolvable("nameless", 10))
	want = append(want, "HostFlapping flapping", "WriteErrors", "NameResolutionFailing", "NoHealthyHosts nameless")
	w.wantFired(t, want...)
	giveBack()

	must(t, w.Cluster.Isolate())
	want = append(want, "ProberIsolated", "NoHealthyHosts web", "FailStatic web", "NoHealthyHosts flapping", "FailStatic flapping")
	w.wantFired(t, want...)
	must(t, w.Cluster.Rejoin())
	w.awaitReady(t, shopfront)

	w.Create(t, w.greedy("greedy"))
	w.wantCrossed(t, "ProbesHeldBack")
	want = append(want, "NoHealthyHosts greedy", "HostDown greedy")
	w.wantFired(t, want...)

	w.lag(t, hosts[2])
	w.wantCrossed(t, "PropagationSlow")
	w.starve(t)
	w.wantCrossed(t, "ProbesLate")
	wantAll(t, append(want, "PropagationSlow", "ProbesLate", "ProbesHeldBack", "OperatorDown"))

	for _, operator := range w.Operators {
		must(t, operator.Stop())
	}
	w.wantFired(t, append(want, "OperatorDown")...)
}

// fired are the alerts that have fired since it began, with the ExternalService of those that
// are about one.
func (w *world) fired(t *testing.T) []string {
	t.Helper()
	since := time.Since(w.began).Milliseconds()
	series, err := w.prometheus.Query(t.Context(),
		fmt.Sprintf(`max by (alertname, name) (max_over_time(ALERTS{alertstate="firing"}[%dms]))`, since))
	if err != nil {
		t.Fatal(err)
	}
	var fired []string
	for _, s := range series {
		fired = append(fired, strings.TrimSpace(s.Labels["alertname"]+" "+s.Labels["name"]))
	}
	slices.Sort(fired)
	return fired
}

// wantFired: so far exactly these have fired, and none has joined them a while later.
func (w *world) wantFired(t *testing.T, want ...string) {
	t.Helper()
	slices.Sort(want)
	eventually(t, func() error {
		for _, alert := range want {
			if fired := w.fired(t); !slices.Contains(fired, alert) {
				return fmt.Errorf("%s does not fire, but %q", alert, fired)
			}
		}
		return nil
	})
	waits.Elapse(t, 3*time.Second) // longer than alerts are pending
	if diff := cmp.Diff(want, w.fired(t)); diff != "" {
		t.Fatalf("alerts that fired (-want +got):\n%s", diff)
	}
}

// wantData: every query of the dashboard shows something, and there is something that
// every alert asks for.
func (w *world) wantData(t *testing.T) {
	t.Helper()
	queries := 0
	for _, p := range panels(t, w.Namespace, "web", "1m") {
		for _, target := range p.Targets {
			queries++
			w.wantSeries(t, "panel "+p.Title, target.Expr)
		}
	}
	if queries < 30 {
		t.Errorf("the dashboard has only %d queries", queries)
	}
	for _, selector := range selectors.FindAllString(string(read(t, alertsFile)), -1) {
		w.wantSeries(t, "alerts", selector)
	}
}

// selectors finds the metrics of alerts, but native histograms: this Prometheus
// scrapes classic ones.
var selectors = regexp.MustCompile(`\b(external_endpoints_\w*(?:_bucket|_total|hosts|host_up|_static|_isolated|_targets|condition)|leader_election_master_status)\b`)

func (w *world) wantSeries(t *testing.T, where, expr string) {
	t.Helper()
	series, err := w.prometheus.Query(t.Context(), expr)
	if err != nil {
		t.Errorf("%s: %v", where, err)
		return
	}
	for _, s := range series {
		if !math.IsNaN(s.Points[0].Value) {
			return
		}
	}
	t.Errorf("%s: no data for %s", where, expr)
}

// wantMetrics: what is scraped is what the document lists.
func (w *world) wantMetrics(t *testing.T) {
	t.Helper()
	all, err := metrics.Metrics()
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, m := range all {
		if m.Kind == "histogram" {
			listed[m.Name+"_bucket"], listed[m.Name+"_sum"], listed[m.Name+"_count"] = true, true, true
		} else {
			listed[m.Name] = true
		}
	}
	series, err := w.prometheus.Query(t.Context(), `count by (__name__) ({__name__=~"external_endpoints_.*"})`)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range series {
		name := s.Labels["__name__"]
		if !listed[name] {
			t.Errorf("%s is scraped, and hack/gen/metrics does not list it", name)
		}
		delete(listed, name)
	}
	for name := range listed {
		t.Errorf("%s is listed by hack/gen/metrics, and the operator does not serve it", name)
	}
}
