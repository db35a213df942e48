package api_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
)

// discover: the names by which people and tools find the kind.
func discover(t *testing.T, api *server) {
	var resources metav1.APIResourceList
	if err := json.Unmarshal(api.get(t.Context(), t, "/apis/external-endpoints.io/v1alpha1", "application/json"), &resources); err != nil {
		t.Fatal(err)
	}

	for _, resource := range resources.APIResources {
		if resource.Name != "externalservices" {
			continue
		}
		if diff := cmp.Diff([]string{"xsvc"}, resource.ShortNames); diff != "" {
			t.Errorf("short names (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"external-endpoints"}, resource.Categories); diff != "" {
			t.Errorf("categories (-want +got):\n%s", diff)
		}
		if resource.Kind != "ExternalService" || !resource.Namespaced {
			t.Errorf("got kind %s, namespaced %v", resource.Kind, resource.Namespaced)
		}

		return
	}

	t.Errorf("no externalservices among %v", resources.APIResources)
}

// selectByServiceName: the field selector finds the objects that set the name.
func selectByServiceName(t *testing.T, api *server) {
	for _, each := range []struct{ object, service string }{
		{"set", "{name: orders}"}, {"other", "{name: billing}"}, {"orders", absent},
	} {
		object := with(t, "spec.service", each.service)
		object.SetName(each.object)
		api.create(t, object)
	}

	var found v1alpha1.ExternalServiceList
	if err := api.client.List(t.Context(), &found, client.MatchingFields{"spec.service.name": "orders"}); err != nil {
		t.Fatal(err)
	}

	var names []string
	for _, object := range found.Items {
		names = append(names, object.Name)
	}
	if diff := cmp.Diff([]string{"set"}, names); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}
}
