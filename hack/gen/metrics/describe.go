package metrics

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// description is how a descriptor prints itself, the only way to learn what it holds.
var description = regexp.MustCompile(`^Desc\{fqName: ("(?:[^"\\]|\\.)*"), help: ("(?:[^"\\]|\\.)*"), .*variableLabels: \{(.*)\}\}$`)

// counter is the descriptor of what has a counter's name. Those that are read at the
// scrape show no series before something is counted.
var counter = regexp.MustCompile(`^Desc\{fqName: "\w+_total"`)

// describe returns the metrics of a collector.
func describe(c prometheus.Collector) ([]Metric, error) {
	kinds, err := kindsOf(c)
	if err != nil {
		return nil, err
	}
	var metrics []Metric
	for _, d := range drain(c.Describe) {
		m, err := parse(d)
		if err != nil {
			return nil, err
		}
		if m.Kind = kinds(d); m.Kind == "" {
			return nil, fmt.Errorf("%s shows no series, so that its kind cannot be told", m.Name)
		}
		metrics = append(metrics, m)
	}
	return metrics, nil
}

func parse(d *prometheus.Desc) (Metric, error) {
	parts := description.FindStringSubmatch(d.String())
	if parts == nil {
		return Metric{}, fmt.Errorf("read the descriptor %s: it has another form than expected", d)
	}
	name, err := strconv.Unquote(parts[1])
	if err != nil {
		return Metric{}, fmt.Errorf("read the name in %s: %w", d, err)
	}
	help, err := strconv.Unquote(parts[2])
	if err != nil {
		return Metric{}, fmt.Errorf("read the help of %s: %w", name, err)
	}
	m := Metric{Name: name, Help: help}
	if parts[3] != "" {
		m.Labels = strings.Split(parts[3], ",")
	}
	return m, nil
}

// kindsOf returns the kinds of a collector's metrics: for a vector by its type, for any other
// collector by its series.
func kindsOf(c prometheus.Collector) (func(*prometheus.Desc) string, error) {
	always := func(kind string) func(*prometheus.Desc) string { return func(*prometheus.Desc) string { return kind } }
	switch c.(type) {
	case *prometheus.CounterVec:
		return always("counter"), nil
	case *prometheus.GaugeVec:
		return always("gauge"), nil
	case *prometheus.HistogramVec:
		return always("histogram"), nil
	}
	kinds := map[string]string{}
	for _, m := range drain(c.Collect) {
		var sample dto.Metric
		if err := m.Write(&sample); err != nil {
			return nil, fmt.Errorf("read a sample of %s: %w", m.Desc(), err)
		}
		switch {
		case sample.Counter != nil:
			kinds[m.Desc().String()] = "counter"
		case sample.Gauge != nil:
			kinds[m.Desc().String()] = "gauge"
		case sample.Histogram != nil:
			kinds[m.Desc().String()] = "histogram"
		}
	}
	return func(d *prometheus.Desc) string {
		if kind := kinds[d.String()]; kind != "" || !counter.MatchString(d.String()) {
			return kind
		}
		return "counter"
	}, nil
}

// drain returns what a function sends.
func drain[T any](send func(chan<- T)) []T {
	sent := make(chan T)
	go func() {
		defer close(sent)
		send(sent)
	}()
	var all []T
	for one := range sent {
		all = append(all, one)
	}
	return all
}
