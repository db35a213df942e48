package failover

import (
	"testing"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework"
)

// retries is how many probes the operator has repeated, because it was late
// itself: on a machine that is too busy their time adds to a failover's.
func (w *World) retries(t *testing.T, object *v1alpha1.ExternalService) int {
	t.Helper()
	repeated, err := w.Operator.Sum(t.Context(), "external_endpoints_probes_total", framework.Labels(object, `result="error"`)...)
	if err != nil {
		t.Fatal(err)
	}
	return int(repeated)
}
