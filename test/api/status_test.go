package api_test

import (
	"fmt"
	"testing"

	"github.com/external-endpoints/operator/api/v1alpha1"
)

// boundStatus: the schema and the package agree on how many endpoints a status
// may list.
func boundStatus(t *testing.T, api *server) {
	object := &v1alpha1.ExternalService{}
	object.Namespace, object.Name = "default", "status"
	object.Spec.Ports = []v1alpha1.Port{{Name: "pg", Port: 5432}}
	api.create(t, object)

	for i := range v1alpha1.MaxStatusEndpoints {
		object.Status.Endpoints = append(object.Status.Endpoints, v1alpha1.EndpointStatus{
			Host: fmt.Sprintf("203.0.113.%d", i), Port: "pg", TargetPort: 5432, State: v1alpha1.EndpointUnknown,
		})
	}
	if err := api.client.Status().Update(t.Context(), object); err != nil {
		t.Errorf("%d endpoints: %v", len(object.Status.Endpoints), err)
	}

	object.Status.Endpoints = append(object.Status.Endpoints, object.Status.Endpoints[0])
	wantCause(t, api.client.Status().Update(t.Context(), object), "status.endpoints", "must have at most 100 items")
}
