package prometheus

import (
	"context"
	"fmt"
	"time"

	apiv1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
)

// Series is a series of values over time; the answer to an instant query has one each.
type Series struct {
	Labels map[string]string
	Points []Point
}

// Point is one value.
type Point struct {
	Time  time.Time
	Value float64
}

// Query evaluates an expression now.
func (s *Server) Query(ctx context.Context, expr string) ([]Series, error) {
	value, _, _, err := s.api.Query(ctx, expr, time.Time{})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", expr, err)
	}
	return seriesOf(expr, value)
}

// Range evaluates an expression at every second from one time to another.
func (s *Server) Range(ctx context.Context, expr string, from, to time.Time) ([]Series, error) {
	value, _, _, err := s.api.QueryRange(ctx, expr, apiv1.Range{Start: from, End: to, Step: time.Second})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", expr, err)
	}
	return seriesOf(expr, value)
}

func seriesOf(expr string, value model.Value) ([]Series, error) {
	var all []Series
	switch result := value.(type) {
	case model.Vector:
		for _, sample := range result {
			all = append(all, newSeries(sample.Metric, model.SamplePair{Timestamp: sample.Timestamp, Value: sample.Value}))
		}
	case model.Matrix:
		for _, stream := range result {
			all = append(all, newSeries(stream.Metric, stream.Values...))
		}
	default:
		return nil, fmt.Errorf("%s: the result is a %s, want a vector or a matrix", expr, value.Type())
	}
	return all, nil
}

func newSeries(metric model.Metric, samples ...model.SamplePair) Series {
	s := Series{Labels: map[string]string{}}
	for name, value := range metric {
		s.Labels[string(name)] = string(value)
	}
	for _, sample := range samples {
		s.Points = append(s.Points, Point{Time: sample.Timestamp.Time(), Value: float64(sample.Value)})
	}
	return s
}
