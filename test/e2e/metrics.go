package e2e

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/product"
)

// Sum adds up a metric's series that have all of some labels, written name="value".
func Sum(ctx context.Context, operator *product.Operator, metric string, labels ...string) (float64, error) {
	scrape, err := operator.Metrics(ctx)
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

// Labels are those of an object's series.
func Labels(object *v1alpha1.ExternalService, more ...string) []string {
	return append(more, fmt.Sprintf("namespace=%q", object.Namespace), fmt.Sprintf("name=%q", object.Name))
}

// IsolatedIs returns nil when the metric of a prober without a network is that.
func (w *World) IsolatedIs(t *testing.T, want float64) error {
	t.Helper()
	got, err := Sum(t.Context(), w.Operator, "external_endpoints_prober_isolated")
	if err == nil && got != want {
		err = fmt.Errorf("external_endpoints_prober_isolated is %v, want %v", got, want)
	}
	return err
}
