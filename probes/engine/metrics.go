package engine

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/health"
)

// collector exports what is true at the moment of the scrape, read from the engine's
// own state: nothing is kept up to date between scrapes.
type collector struct {
	engine    *Engine
	mostHosts int
}

var (
	targetsDesc = prometheus.NewDesc("external_endpoints_engine_targets",
		"Distinct targets (IP, port, check) that are probed.", nil, nil)
	inflightDesc = prometheus.NewDesc("external_endpoints_engine_inflight",
		"Probes that are running.", nil, nil)
	isolatedDesc = prometheus.NewDesc("external_endpoints_prober_isolated",
		"1 while the prober takes itself for isolated: nearly all that was healthy fails, and nothing has succeeded since. Else 0.", nil, nil)
	backlogHelp = "Age of the oldest probe that is due and held back by --max-probes-per-second, --max-probes-in-flight " +
		"or a lack of CPU; by namespace with --metrics-detail=endpoint."
	backlogDesc            = prometheus.NewDesc("external_endpoints_probe_backlog_seconds", backlogHelp, nil, nil)
	backlogByNamespaceDesc = prometheus.NewDesc("external_endpoints_probe_backlog_seconds", backlogHelp, []string{"namespace"}, nil)
	hostUpDesc             = prometheus.NewDesc("external_endpoints_host_up",
		"1 when the host is healthy on the port, else 0. Read at scrape; the number of series is capped, and shared between namespaces. "+
			"The address of a host that an SRV record leads to has its port number behind it.",
		[]string{"namespace", "name", "address", "port"}, nil)
	probesDesc = prometheus.NewDesc("external_endpoints_probes_total",
		"Probes by kind of check and result (success, failure, or error: a probe that says nothing about the host).",
		[]string{"namespace", "name", "check", "result"}, nil)
	failuresDesc = prometheus.NewDesc("external_endpoints_probe_failures_total",
		"Failed probes by reason.", []string{"namespace", "name", "reason"}, nil)
	transitionsDesc = prometheus.NewDesc("external_endpoints_transitions_total",
		"Changes of a host's verdict on one port, by the state reached.", []string{"namespace", "name", "to"}, nil)
)

// Describe implements prometheus.Collector.
func (l collector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		targetsDesc, inflightDesc, isolatedDesc, l.backlogDesc(), hostUpDesc, probesDesc, failuresDesc, transitionsDesc,
	} {
		ch <- d
	}
}

// backlogDesc is by namespace where hosts have series of their own.
func (l collector) backlogDesc() *prometheus.Desc {
	if l.mostHosts > 0 {
		return backlogByNamespaceDesc
	}
	return backlogDesc
}

// collectBacklogs sends for how long the oldest probe has been held back.
func (l collector) collectBacklogs(ch chan<- prometheus.Metric, backlogs map[string]time.Duration) {
	var oldest time.Duration
	for namespace, age := range backlogs {
		oldest = max(oldest, age)
		if l.mostHosts > 0 {
			ch <- &sample{desc: backlogByNamespaceDesc, value: age.Seconds(), labels: []*dto.LabelPair{pair("namespace", namespace)}}
		}
	}
	if l.mostHosts == 0 {
		ch <- &sample{desc: backlogDesc, value: oldest.Seconds()}
	}
}

// Collect implements prometheus.Collector.
func (l collector) Collect(ch chan<- prometheus.Metric) {
	c := l.engine.snapshot(l.mostHosts)
	ch <- &sample{desc: targetsDesc, value: float64(c.targets)}
	ch <- &sample{desc: inflightDesc, value: float64(c.inflight)}
	ch <- &sample{desc: isolatedDesc, value: zeroOrOne(c.isolated)}
	l.collectBacklogs(ch, c.backlogs)
	for i := range c.groups {
		c.groups[i].collect(ch)
	}
}

// lockedShares returns how many series of host_up each namespace gets, of so many in all.
func (e *Engine) lockedShares(most int) map[string]int {
	wanted := map[string]int{}
	for key, g := range e.groups {
		wanted[key.Namespace] += g.Size()
	}
	return shares(wanted, most)
}

// shares divides a capacity between namespaces by max-min fairness: a namespace gets what it
// wants or as much as any other, so the hosts of one tenant do not hide those of the others.
// Equal demands get the same shares at every call, or series would come and go.
func shares(wanted map[string]int, capacity int) map[string]int {
	smallestFirst := slices.SortedFunc(maps.Keys(wanted), func(a, b string) int {
		return cmp.Or(cmp.Compare(wanted[a], wanted[b]), cmp.Compare(a, b))
	})
	share := make(map[string]int, len(wanted))
	for i, namespace := range smallestFirst {
		share[namespace] = min(wanted[namespace], capacity/(len(smallestFirst)-i))
		capacity -= share[namespace]
	}
	return share
}

func zeroOrOne(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// collect sends what is exported of the group.
func (g *groupSnapshot) collect(ch chan<- prometheus.Metric) {
	name, namespace := pair("name", g.counters.key.Name), pair("namespace", g.counters.key.Namespace)
	var port *dto.LabelPair
	for _, h := range g.hosts {
		if port == nil || port.GetValue() != h.id.Port {
			port = pair("port", h.id.Port)
		}
		labels := []*dto.LabelPair{pair("address", label(h.id)), name, namespace, port}
		ch <- &sample{desc: hostUpDesc, value: zeroOrOne(h.up), labels: labels}
	}

	since := timestamppb.New(g.counters.since)
	counted := func(desc *prometheus.Desc, count uint64, labels ...*dto.LabelPair) {
		ch <- &sample{desc: desc, value: float64(count), since: since, labels: labels}
	}
	for i := range g.counters.checks {
		check := pair("check", g.counters.checks[i].kind)
		for result, count := range g.counters.checks[i].results {
			// The first failure of all must be seen as a change. That a probe says nothing is
			// too rare for a series of every object.
			if r := probes.Result(result); count > 0 || r != probes.Inconclusive {
				counted(probesDesc, count, check, name, namespace, pair("result", r.String()))
			}
		}
	}
	for _, f := range g.counters.failures {
		counted(failuresDesc, f.count, name, namespace, pair("reason", string(f.reason)))
	}
	for state, count := range g.counters.transitions {
		if count > 0 {
			counted(transitionsDesc, count, name, namespace, pair("to", health.State(state).String()))
		}
	}
}

// metrics are the collected series. Series of an object end with it; no label value comes from a
// host or a user. Plain counters are kept beside the object: see groupCounters.
type metrics struct {
	duration *prometheus.HistogramVec
	lateness prometheus.Histogram
}

// quickest is the smallest bucket: faster answers come from the same machine, whose noise would
// fill native histograms.
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
	return &metrics{
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:                           "external_endpoints_probe_duration_seconds",
			Help:                           "How long conclusive probes took, from connect to verdict.",
			Buckets:                        durations,
			NativeHistogramBucketFactor:    nativeFactor,
			NativeHistogramMaxBucketNumber: nativeBuckets,
			NativeHistogramZeroThreshold:   quickest,
		}, []string{"namespace", "name", "check"}),
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

func (m *metrics) register(r prometheus.Registerer, live collector) {
	r.MustRegister(m.duration, m.lateness, live)
}

// sample is one value at a scrape. Those of the library have every label to
// themselves, which is most of what a scrape takes.
type sample struct {
	desc  *prometheus.Desc
	value float64
	// since is when a counter began to count; nil: it is a gauge.
	since  *timestamppb.Timestamp
	labels []*dto.LabelPair // sorted by name
}

// Desc implements prometheus.Metric.
func (s *sample) Desc() *prometheus.Desc { return s.desc }

// Write implements prometheus.Metric.
func (s *sample) Write(out *dto.Metric) error {
	out.Label = s.labels
	if s.since != nil {
		out.Counter = &dto.Counter{Value: &s.value, CreatedTimestamp: s.since}
	} else {
		out.Gauge = &dto.Gauge{Value: &s.value}
	}
	return nil
}

func pair(name, value string) *dto.LabelPair { return &dto.LabelPair{Name: &name, Value: &value} }
