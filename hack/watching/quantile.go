package main

import (
	"fmt"
	"strings"
)

// quantiles are the median and the 99th percentile of a histogram, of its classic
// buckets, or of the native ones where a Prometheus scrapes only those.
func quantiles(histogram, selector string, by ...string) []query {
	braces := ""
	if selector != "" {
		braces = "{" + selector + "}"
	}
	grouping, legend := "", ""
	if len(by) > 0 {
		grouping = fmt.Sprintf(" by (%s)", strings.Join(by, ", "))
		legend = "{{" + strings.Join(by, "}} {{") + "}} "
	}
	var queries []query
	for _, q := range []struct {
		name  string
		value float64
	}{{"median", .5}, {"99 %", .99}} {
		queries = append(queries, query{
			fmt.Sprintf("histogram_quantile(%g, sum by (%s) (rate(%s_bucket%s[$__rate_interval]))) or histogram_quantile(%g, sum%s (rate(%s%s[$__rate_interval])))",
				q.value, strings.Join(append([]string{"le"}, by...), ", "), histogram, braces, q.value, grouping, histogram, braces),
			legend + q.name,
		})
	}
	return queries
}
