package audit

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const sample = `{"verb":"update","userAgent":"operator/1","user":{"username":"op"},"objectRef":{"resource":"endpointslices","namespace":"shop","name":"a"},"requestReceivedTimestamp":"2026-01-01T00:00:01.000000Z"}
{"verb":"patch","userAgent":"operator/1","user":{"username":"op"},"objectRef":{"resource":"externalservices","subresource":"status"},"requestReceivedTimestamp":"2026-01-01T00:00:02.000000Z"}
{"verb":"update","userAgent":"operator/1","user":{"username":"op"},"objectRef":{"resource":"leases"},"requestReceivedTimestamp":"2026-01-01T00:00:03.000000Z"}
{"verb":"create","userAgent":"operator/1","user":{"username":"op"},"objectRef":{"resource":"endpointslices"},"requestURI":"/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices?dryRun=All","requestReceivedTimestamp":"2026-01-01T00:00:02.500000Z"}
{"verb":"watch","userAgent":"operator/1","user":{"username":"op"},"objectRef":{"resource":"services"},"requestReceivedTimestamp":"2026-01-01T00:00:03.000000Z"}
{"verb":"create","userAgent":"kubectl","user":{"username":"admin"},"objectRef":{"resource":"services"},"requestReceivedTimestamp":"2026-01-01T00:00:04.000000Z"}
{"verb":"create","userAg`

func TestQuerySelectsEvents(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.log")
	if err := os.WriteFile(path, []byte(sample), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name  string
		query Query
		want  map[string]int
	}{
		{"everything that is complete", Query{}, map[string]int{
			"update endpointslices": 1, "create endpointslices": 1, "patch externalservices/status": 1, "update leases": 1, "watch services": 1, "create services": 1,
		}},
		{"writes of one user, without leases and dry runs", Query{Username: "op", Writes: true, Without: []string{"leases"}}, map[string]int{
			"update endpointslices": 1, "patch externalservices/status": 1,
		}},
		{"what one program did after a time", Query{UserAgent: "operator", Since: time.Date(2026, 1, 1, 0, 0, 3, 0, time.UTC)},
			map[string]int{"update leases": 1, "watch services": 1}},
		{"one object", Query{Namespace: "shop", Name: "a"}, map[string]int{"update endpointslices": 1}},
		{"a resource of its own kind only", Query{Resources: []string{"externalservices"}}, map[string]int{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := Log(path).Count(test.query)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
