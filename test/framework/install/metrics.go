package install

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Metrics returns what a scrape shows.
func (o *Operator) Metrics(ctx context.Context) (string, error) {
	return get(ctx, "http://"+o.metrics+"/metrics")
}

// Sum adds up a metric's series that have all of some labels, written name="value".
func (o *Operator) Sum(ctx context.Context, metric string, labels ...string) (float64, error) {
	scrape, err := o.Metrics(ctx)
	if err != nil {
		return 0, err
	}
	var total float64
	for line := range strings.Lines(scrape) {
		series, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		name, of, _ := strings.Cut(strings.TrimSuffix(series, "}"), "{")
		if name != metric || !containsAll(strings.Split(of, ","), labels) {
			continue
		}
		number, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return 0, fmt.Errorf("reading %q: %w", line, err)
		}
		total += number
	}
	return total, nil
}

func containsAll(all, wanted []string) bool {
	return !slices.ContainsFunc(wanted, func(one string) bool { return !slices.Contains(all, one) })
}
