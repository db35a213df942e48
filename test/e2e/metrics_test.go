package e2e

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/product"
)

// sum adds up a metric's series that have all of some labels, written name="value".
func sum(ctx context.Context, operator *product.Operator, metric string, labels ...string) (float64, error) {
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

// labels are those of an object's series.
func labels(object *v1alpha1.ExternalService, more ...string) []string {
	return append(more, fmt.Sprintf("namespace=%q", object.Namespace), fmt.Sprintf("name=%q", object.Name))
}

// retries is how many probes the operator has repeated, because it was late
// itself: on a machine that is too busy their time adds to a failover's.
func (w *World) retries(t *testing.T, object *v1alpha1.ExternalService) int {
	t.Helper()
	repeated, err := sum(t.Context(), w.Operator, "external_endpoints_probes_total", labels(object, `result="error"`)...)
	if err != nil {
		t.Fatal(err)
	}
	return int(repeated)
}

// awaitMetric waits until a metric of the object is want.
func awaitMetric(t *testing.T, operator *product.Operator, metric string, object *v1alpha1.ExternalService, want float64) {
	t.Helper()
	eventually(t, giveUp, func() error {
		got, err := sum(t.Context(), operator, metric, labels(object)...)
		if err == nil && got != want {
			err = fmt.Errorf("%s of %s is %v, want %v", metric, object.Name, got, want)
		}
		return err
	})
}

// awaitProbes waits until an operator that was just started has probed each of
// the object's hosts often enough for every verdict, and once more.
func awaitProbes(t *testing.T, operator *product.Operator, object *v1alpha1.ExternalService) {
	t.Helper()
	const enough = 3 + 1 // unhealthyThreshold is the longest
	eventually(t, 30*time.Second, func() error {
		probes, err := sum(t.Context(), operator, "external_endpoints_probes_total", labels(object)...)
		if want := float64(enough * len(object.Spec.Hosts)); err == nil && probes < want {
			err = fmt.Errorf("%v probes of %s, want %v", probes, object.Name, want)
		}
		return err
	})
}
