// Package metrics lists the metrics of the operator as its code has them: names,
// help texts and labels come from what is registered, so that a document, an alert or
// a dashboard can be held against them.
package metrics

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/external-endpoints/operator/controllers/externalservice"
	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/compile"
	"github.com/external-endpoints/operator/probes/engine"
	"github.com/external-endpoints/operator/probes/netprobe"
	"github.com/external-endpoints/operator/probes/resolve"
)

// Metric is one metric of the operator.
type Metric struct {
	Name string
	// Kind is as the text format has it: counter, gauge or histogram.
	Kind string
	// Labels are in the order of their declaration, without the le of buckets.
	Labels []string
	Help   string
}

// Metrics returns every metric of the operator, sorted by name.
func Metrics() ([]Metric, error) {
	collectors, err := collect()
	if err != nil {
		return nil, err
	}
	var all []Metric
	for _, c := range collectors {
		found, err := describe(c)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	slices.SortFunc(all, func(a, b Metric) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

// collect returns what the parts of the operator register. They are made as the
// operator makes them, and none of them runs.
func collect() (collectors, error) {
	var found collectors
	externalservice.RegisterMetrics(&found)
	resolve.New(resolve.Options[string]{Registerer: &found})
	prober := engine.New(engine.Options{
		Compile:       func(c probes.Check) (probes.Prober, error) { return compile.Prober(c, netprobe.NewDialer(nil)) },
		MaxHostSeries: 1,
		Registerer:    &found,
	})
	// What is read at the scrape shows its kind only where there is something to read.
	host := netip.MustParseAddrPort("192.0.2.1:80")
	err := prober.Apply(engine.Plan{Key: engine.Key{Namespace: "n", Name: "n"}, Members: []engine.Member{{
		ID: engine.MemberID{Address: host.Addr(), Port: "p"}, Target: host, Check: &probes.Check{Timeout: time.Second, None: &probes.None{}},
	}}})
	if err != nil {
		return nil, fmt.Errorf("watch a host that is nowhere: %w", err)
	}
	return found, nil
}

// collectors is a registry that only remembers.
type collectors []prometheus.Collector

// Register implements prometheus.Registerer.
func (c *collectors) Register(one prometheus.Collector) error {
	*c = append(*c, one)
	return nil
}

// MustRegister implements prometheus.Registerer.
func (c *collectors) MustRegister(some ...prometheus.Collector) { *c = append(*c, some...) }

// Unregister implements prometheus.Registerer.
func (c *collectors) Unregister(one prometheus.Collector) bool {
	before := len(*c)
	*c = slices.DeleteFunc(*c, func(other prometheus.Collector) bool { return other == one })
	return len(*c) < before
}
