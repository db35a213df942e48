package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/external-endpoints/operator/api/v1alpha1"
)

// printColumns: what kubectl get shows, and what -o wide adds.
func printColumns(t *testing.T, api *server) {
	object := &v1alpha1.ExternalService{}
	object.Namespace, object.Name = "default", "columns"
	object.Spec.Ports = []v1alpha1.Port{{Name: "pg", Port: 5432}}
	api.create(t, object)

	now := metav1.Now()
	object.Status = v1alpha1.ExternalServiceStatus{
		ObservedGeneration: 1,
		ServiceName:        "columns",
		Hosts:              v1alpha1.HostCounts{Total: 3, Healthy: 2, Published: 2, Summary: "2/3"},
		Conditions: []metav1.Condition{
			{Type: v1alpha1.ConditionAccepted, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonAccepted, LastTransitionTime: now},
			{Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonReady, Message: "2 of 3 hosts healthy", LastTransitionTime: now},
		},
		Endpoints: []v1alpha1.EndpointStatus{{
			Host: "203.0.113.10", Address: "203.0.113.10", Port: "pg", TargetPort: 5432,
			State: v1alpha1.EndpointUnhealthy, Since: &now, Reason: "ConnectionRefused",
		}},
	}
	if err := api.client.Status().Update(t.Context(), object); err != nil {
		t.Fatal(err)
	}

	table := api.table(t, "/apis/external-endpoints.io/v1alpha1/namespaces/default/externalservices/columns")

	var columns, cells []string
	for i, column := range table.ColumnDefinitions {
		columns = append(columns, fmt.Sprintf("%s %d", column.Name, column.Priority))
		if column.Name != "Age" {
			cells = append(cells, fmt.Sprint(table.Rows[0].Cells[i]))
		}
	}

	if diff := cmp.Diff([]string{"Name 0", "Service 0", "Ready 0", "Healthy 0", "Age 0", "Reason 1", "Message 1"}, columns); diff != "" {
		t.Errorf("columns and priorities (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"columns", "columns", "True", "2/3", "Ready", "2 of 3 hosts healthy"}, cells); diff != "" {
		t.Errorf("cells but the age (-want +got):\n%s", diff)
	}
}

// table gets a path in the form that kubectl prints.
func (s *server) table(t *testing.T, path string) *metav1.Table {
	t.Helper()

	body := s.get(t.Context(), t, path, "application/json;as=Table;v=v1;g=meta.k8s.io")

	table := &metav1.Table{}
	if err := json.Unmarshal(body, table); err != nil {
		t.Fatal(err)
	}
	if len(table.Rows) != 1 {
		t.Fatalf("got %d rows, want 1: %s", len(table.Rows), body)
	}

	return table
}

func (s *server) get(ctx context.Context, t *testing.T, path, accept string) []byte {
	t.Helper()

	httpClient, err := rest.HTTPClientFor(s.config)
	if err != nil {
		t.Fatal(err)
	}

	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.config.Host+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept", accept)

	response, err := httpClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()

	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK {
		t.Fatalf("get %s: %s: %s", path, response.Status, body)
	}

	return body
}
