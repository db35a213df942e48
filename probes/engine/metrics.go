package engine

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/health"
)

// metrics are the counters of the engine. Those labelled by object end with
// their object; nothing that a host or a user writes becomes a label value.
type metrics struct {
	probes      *prometheus.CounterVec
	failures    *prometheus.CounterVec
	duration    *prometheus.HistogramVec
	transitions *prometheus.CounterVec
	lateness    prometheus.Histogram
}

// quickest is what nothing below is told apart of: hosts on the same machine, whose
// noise would fill native histograms.
const quickest = .0005

// durations span a connect nearby to the longest useful timeout.
var durations = []float64{quickest, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}

const (
	// nativeFactor gives native histograms buckets of 10 % width.
	nativeFactor = 1.1
	// nativeBuckets bounds them, for how long hosts take is up to them: past this many
	// they become wider.
	nativeBuckets = 160
)

func newMetrics() *metrics {
	object := []string{"namespace", "name"}
	return &metrics{
		probes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "external_endpoints_probes_total",
			Help: "Probes by kind of check and result (success, failure, or error: a probe that says nothing about the host).",
		}, append(object, "check", "result")),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "external_endpoints_probe_failures_total",
			Help: "Failed probes by reason.",
		}, append(object, "reason")),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:                           "external_endpoints_probe_duration_seconds",
			Help:                           "How long conclusive probes took, from connect to verdict.",
			Buckets:                        durations,
			NativeHistogramBucketFactor:    nativeFactor,
			NativeHistogramMaxBucketNumber: nativeBuckets,
			NativeHistogramZeroThreshold:   quickest,
		}, append(object, "check")),
		transitions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "external_endpoints_transitions_total",
			Help: "Changes of a host's verdict on one port, by the state reached.",
		}, append(object, "to")),
		lateness: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:                           "external_endpoints_probe_lateness_seconds",
			Help:                           "How much later than planned probes started.",
			Buckets:                        durations,
			NativeHistogramBucketFactor:    nativeFactor,
			NativeHistogramMaxBucketNumber: nativeBuckets,
			NativeHistogramZeroThreshold:   quickest,
		}),
	}
}

func (m *metrics) register(r prometheus.Registerer, live live) {
	r.MustRegister(m.probes, m.failures, m.duration, m.transitions, m.lateness, live)
}

// groupCounters are one object's counters, looked up once and not at every probe.
type groupCounters struct {
	metrics  *metrics
	key      Key
	checks   map[string]*checkCounters
	failures map[probes.Reason]prometheus.Counter
}

type checkCounters struct {
	results  [3]prometheus.Counter // by probes.Result; nil: none yet
	duration prometheus.Observer
}

func (m *metrics) group(key Key) *groupCounters {
	return &groupCounters{
		metrics:  m,
		key:      key,
		checks:   map[string]*checkCounters{},
		failures: map[probes.Reason]prometheus.Counter{},
	}
}

func (g *groupCounters) count(kind string, outcome probes.Outcome, took time.Duration) {
	c := g.checks[kind]
	if c == nil {
		c = &checkCounters{duration: g.metrics.duration.WithLabelValues(g.key.Namespace, g.key.Name, kind)}
		g.checks[kind] = c
		// The first failure of all must be seen as a change. That a probe says nothing is
		// too rare for a series of every object.
		c.result(g, kind, probes.Success)
		c.result(g, kind, probes.Failure)
	}
	c.result(g, kind, outcome.Result).Inc()
	if outcome.Result != probes.Inconclusive {
		c.duration.Observe(took.Seconds())
	}
	if outcome.Result == probes.Failure {
		g.failure(outcome.Reason).Inc()
	}
}

func (c *checkCounters) result(g *groupCounters, kind string, r probes.Result) prometheus.Counter {
	if c.results[r] == nil {
		c.results[r] = g.metrics.probes.WithLabelValues(g.key.Namespace, g.key.Name, kind, r.String())
	}
	return c.results[r]
}

func (g *groupCounters) failure(reason probes.Reason) prometheus.Counter {
	c := g.failures[reason]
	if c == nil {
		c = g.metrics.failures.WithLabelValues(g.key.Namespace, g.key.Name, string(reason))
		g.failures[reason] = c
	}
	return c
}

func (g *groupCounters) transition(to health.State) {
	g.metrics.transitions.WithLabelValues(g.key.Namespace, g.key.Name, to.String()).Inc()
}

// forget ends the object's series, one by one: to look for them would search those of
// all objects, while nobody is probed.
func (g *groupCounters) forget() {
	namespace, name := g.key.Namespace, g.key.Name
	for kind := range g.checks {
		g.metrics.duration.DeleteLabelValues(namespace, name, kind)
		for _, r := range []probes.Result{probes.Inconclusive, probes.Success, probes.Failure} {
			g.metrics.probes.DeleteLabelValues(namespace, name, kind, r.String())
		}
	}
	for reason := range g.failures {
		g.metrics.failures.DeleteLabelValues(namespace, name, string(reason))
	}
	for _, to := range []health.State{health.Unknown, health.Healthy, health.Unhealthy} {
		g.metrics.transitions.DeleteLabelValues(namespace, name, to.String())
	}
}
