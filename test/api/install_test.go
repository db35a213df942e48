package api_test

import (
	"context"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/test/framework/waits"
)

// install creates the CRD, which the API server refuses when a rule does not
// compile or all rules together could cost too much, and waits until it serves.
func (s *server) install(t *testing.T) {
	t.Helper()

	crd := readCRD(t)
	if err := s.client.Create(t.Context(), crd); err != nil {
		t.Fatal(err)
	}

	err := wait.PollUntilContextTimeout(t.Context(), 100*time.Millisecond, waits.Timeout, true, func(ctx context.Context) (bool, error) {
		if err := s.client.Get(ctx, client.ObjectKeyFromObject(crd), crd); err != nil {
			return false, err
		}

		return established(crd) && s.dryCreate(ctx, good(t)) == nil, nil
	})
	if err != nil {
		t.Fatalf("the CRD does not serve: %v", err)
	}
}

func established(crd *unstructured.Unstructured) bool {
	conditions, _, _ := unstructured.NestedSlice(crd.Object, "status", "conditions")
	for _, condition := range conditions {
		fields, _ := condition.(map[string]any)
		if fields["type"] == "Established" {
			return fields["status"] == "True"
		}
	}

	return false
}
