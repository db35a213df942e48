package engine

import "github.com/prometheus/client_golang/prometheus"

// metrics are what is observed. Those labelled by object end with their object;
// nothing that a host or a user writes becomes a label value. What is only counted
// stands with the object: see groupCounters.
type metrics struct {
	duration *prometheus.HistogramVec
	lateness prometheus.Histogram
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

func (m *metrics) register(r prometheus.Registerer, live live) {
	r.MustRegister(m.duration, m.lateness, live)
}
