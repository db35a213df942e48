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
	classic := fmt.Sprintf("sum by (%s) (rate(%s_bucket%s[$__rate_interval]))",
		strings.Join(append([]string{"le"}, by...), ", "), histogram, braces)
	native := fmt.Sprintf("sum%s (rate(%s%s[$__rate_interval]))", grouping, histogram, braces)
	quantile := func(q float64, name string) query {
		return query{fmt.Sprintf("histogram_quantile(%g, %s) or histogram_quantile(%g, %s)", q, classic, q, native), legend + name}
	}
	return []query{quantile(.5, "median"), quantile(.99, "99 %")}
}
