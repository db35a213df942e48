package prometheus

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
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

// UnmarshalJSON reads a point as Prometheus writes it: [1435781430.781, "1"].
func (p *Point) UnmarshalJSON(content []byte) error {
	var seconds float64
	var value string
	if err := json.Unmarshal(content, &[]any{&seconds, &value}); err != nil {
		return err
	}
	number, err := strconv.ParseFloat(value, 64)
	p.Time, p.Value = time.UnixMilli(int64(seconds*1000)), number
	return err
}

// Query evaluates an expression now.
func (s *Server) Query(ctx context.Context, expr string) ([]Series, error) {
	return s.ask(ctx, "query", url.Values{"query": {expr}})
}

// Range evaluates an expression at every second from one time to another.
func (s *Server) Range(ctx context.Context, expr string, from, to time.Time) ([]Series, error) {
	unix := func(t time.Time) []string {
		return []string{strconv.FormatFloat(float64(t.UnixMilli())/1000, 'f', 3, 64)}
	}
	return s.ask(ctx, "query_range", url.Values{"query": {expr}, "start": unix(from), "end": unix(to), "step": {"1"}})
}

func (s *Server) ask(ctx context.Context, what string, values url.Values) ([]Series, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/api/v1/"+what+"?"+values.Encode(), http.NoBody)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	var answer struct {
		Error string `json:"error"`
		Data  struct {
			Result []struct {
				Metric map[string]string `json:"metric"`
				Value  *Point            `json:"value"`
				Values []Point           `json:"values"`
			} `json:"result"`
		} `json:"data"`
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return nil, fmt.Errorf("read the answer to %s: %w", values.Get("query"), err)
	}
	if answer.Error != "" {
		return nil, fmt.Errorf("%s: %s", values.Get("query"), answer.Error)
	}
	var series []Series
	for _, r := range answer.Data.Result {
		one := Series{Labels: r.Metric, Points: r.Values}
		if r.Value != nil {
			one.Points = []Point{*r.Value}
		}
		series = append(series, one)
	}
	return series, nil
}
