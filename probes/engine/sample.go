package engine

import (
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/types/known/timestamppb"
)

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
