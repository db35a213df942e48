package framework

import (
	"fmt"
	"testing"

	"github.com/external-endpoints/operator/api/v1alpha1"
)

// Labels are those of an object's series.
func Labels(object *v1alpha1.ExternalService, more ...string) []string {
	return append(more, fmt.Sprintf("namespace=%q", object.Namespace), fmt.Sprintf("name=%q", object.Name))
}

// IsolatedIs returns nil when the metric of a prober without a network is that.
func (w *World) IsolatedIs(t *testing.T, want float64) error {
	t.Helper()
	got, err := w.Operator.Sum(t.Context(), "external_endpoints_prober_isolated")
	if err == nil && got != want {
		err = fmt.Errorf("external_endpoints_prober_isolated is %v, want %v", got, want)
	}
	return err
}
