package resolve

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"
)

// newMetrics returns the counter of lookups. All its series exist from the start, so
// that the first failure of a kind is an increase and not a new series.
func newMetrics() *prometheus.CounterVec {
	lookups := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "external_endpoints_name_lookups_total",
		Help: "Lookups of DNS names by result (success, nxdomain, nodata, servfail, refused, timeout, truncated, garbage, loop, " +
			"denied, or error: the question could not be sent).",
	}, []string{"result"})
	for _, result := range results {
		lookups.WithLabelValues(string(result))
	}
	return lookups
}

// counted counts the lookups that it passes on, but for those that nobody waited
// for any more.
type counted struct {
	Lookuper
	lookups *prometheus.CounterVec
}

func (c counted) Lookup(ctx context.Context, name string, kind Kind) Found {
	found := c.Lookuper.Lookup(ctx, name, kind)
	if ctx.Err() != context.Canceled {
		c.lookups.WithLabelValues(string(found.Result)).Inc()
	}
	return found
}
