package proxy

import (
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCallParsesRequestsAsRBAC(t *testing.T) {
	for _, c := range []struct {
		name, method, target string
		want                 Call
	}{
		{"a list", "GET", "/api/v1/namespaces/shop/services", Call{Verb: "list", Resource: "services", Namespace: "shop"}},
		{"a list of all namespaces", "GET", "/api/v1/services?limit=500", Call{Verb: "list", Resource: "services"}},
		{"a watch", "GET", "/apis/discovery.k8s.io/v1/endpointslices?watch=true", Call{Verb: "watch", Resource: "endpointslices"}},
		{"a watch that begins with all there is", "GET", "/api/v1/services?watch=1&sendInitialEvents=true",
			Call{Verb: "watch", Resource: "services", Initial: true}},
		{"a namespace itself", "GET", "/api/v1/namespaces/shop", Call{Verb: "get", Resource: "namespaces", Name: "shop"}},
		{"one object", "GET", "/api/v1/namespaces/shop/services/web",
			Call{Verb: "get", Resource: "services", Namespace: "shop", Name: "web"}},
		{"a status", "PUT", "/apis/external-endpoints.io/v1alpha1/namespaces/shop/externalservices/web/status",
			Call{Verb: "update", Resource: "externalservices/status", Namespace: "shop", Name: "web"}},
		{"a creation", "POST", "/api/v1/namespaces/shop/endpoints", Call{Verb: "create", Resource: "endpoints", Namespace: "shop"}},
		{"a dry run", "POST", "/api/v1/namespaces/shop/endpoints?dryRun=All",
			Call{Verb: "create", Resource: "endpoints", Namespace: "shop", DryRun: true}},
		{"a deletion", "DELETE", "/api/v1/namespaces/shop/endpoints/web",
			Call{Verb: "delete", Resource: "endpoints", Namespace: "shop", Name: "web"}},
		{"discovery", "GET", "/apis/external-endpoints.io/v1alpha1", Call{Verb: "discover", Resource: "/apis/external-endpoints.io/v1alpha1"}},
		{"health", "GET", "/readyz", Call{Verb: "discover", Resource: "/readyz"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, callOf(httptest.NewRequest(c.method, c.target, nil))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
