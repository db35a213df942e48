package api_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/external-endpoints/operator/api/v1alpha1"
)

// defaultSmallest: what the API server stores of the smallest object.
func defaultSmallest(t *testing.T, api *server) {
	object := parse(t, `
apiVersion: external-endpoints.io/v1alpha1
kind: ExternalService
metadata: {name: smallest, namespace: default}
spec:
  ports: [{name: pg, port: 5432}]
  hosts: [{address: 203.0.113.10}]
`)
	if err := api.dryCreate(t.Context(), object); err != nil {
		t.Fatal(err)
	}

	want := parseValue(t, `
mode: Publish
service: {management: Managed}
ports: [{name: pg, port: 5432, protocol: TCP}]
hosts: [{address: 203.0.113.10, state: Active}]
healthCheck: {interval: 5s, unhealthyThreshold: 3, healthyThreshold: 2, initialState: Unhealthy}
failurePolicy: {minHealthy: 1, action: KeepLast}
publish: {endpoints: true, unhealthyHosts: Keep}
resolution: {maxAddresses: 64, minTTL: 5s, maxTTL: 1h, keepFor: 24h}
`)
	if diff := cmp.Diff(want, object.Object["spec"]); diff != "" {
		t.Errorf("spec (-want +got):\n%s", diff)
	}
}

// defaultChecks: what the API server stores of the smallest checks.
func defaultChecks(t *testing.T, api *server) {
	object := with(t, "spec.healthCheck", "{http: {}}")
	set(t, object, "spec.ports[0].healthCheck", "{grpc: {tls: {caBundleRef: {name: ca, key: ca.crt}}}}")

	if err := api.dryCreate(t.Context(), object); err != nil {
		t.Fatal(err)
	}

	got := child(t, object.Object["spec"], "healthCheck")
	want := parseValue(t, `
interval: 5s
unhealthyThreshold: 3
healthyThreshold: 2
initialState: Unhealthy
http: {scheme: HTTP, method: GET, path: /, expectedStatuses: ["200-399"]}
`)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("spec.healthCheck (-want +got):\n%s", diff)
	}

	got = child(t, child(t, child(t, object.Object["spec"], "ports"), "0"), "healthCheck")
	want = parseValue(t, `
interval: 5s
unhealthyThreshold: 3
healthyThreshold: 2
initialState: Unhealthy
grpc: {tls: {caBundleRef: {kind: ConfigMap, name: ca, key: ca.crt}}}
`)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("spec.ports[0].healthCheck (-want +got):\n%s", diff)
	}
}

// defaultTyped: a Go client that leaves everything out gets the same defaults,
// so no empty value of the Go types stands in their way.
func defaultTyped(t *testing.T, api *server) {
	object := &v1alpha1.ExternalService{}
	object.Namespace, object.Name = "default", "typed"
	object.Spec.Ports = []v1alpha1.Port{{Name: "pg", Port: 5432, HealthCheck: &v1alpha1.HealthCheck{HTTP: &v1alpha1.HTTPCheck{}}}}
	object.Spec.Hosts = []v1alpha1.Host{{Address: "203.0.113.10"}}

	if err := api.dryCreate(t.Context(), object); err != nil {
		t.Fatal(err)
	}

	yes := true
	check := v1alpha1.HealthCheck{Interval: "5s", UnhealthyThreshold: 3, HealthyThreshold: 2, InitialState: v1alpha1.InitialUnhealthy}
	portCheck := check
	portCheck.HTTP = &v1alpha1.HTTPCheck{
		Scheme: v1alpha1.SchemeHTTP, Method: "GET", Path: "/", ExpectedStatuses: []v1alpha1.StatusRange{"200-399"},
	}

	one := intstr.FromInt32(1)
	want := v1alpha1.ExternalServiceSpec{
		Mode:        v1alpha1.ModePublish,
		Service:     v1alpha1.ServiceSpec{Management: v1alpha1.ServiceManaged},
		Ports:       []v1alpha1.Port{{Name: "pg", Protocol: "TCP", Port: 5432, HealthCheck: &portCheck}},
		Hosts:       []v1alpha1.Host{{Address: "203.0.113.10", State: v1alpha1.HostActive}},
		HealthCheck: check,
		Publish:     v1alpha1.Publish{Endpoints: &yes, UnhealthyHosts: v1alpha1.UnhealthyKeep},

		FailurePolicy: v1alpha1.FailurePolicy{MinHealthy: &one, Action: v1alpha1.ActionKeepLast},
		Resolution:    v1alpha1.Resolution{MaxAddresses: 64, MinTTL: "5s", MaxTTL: "1h", KeepFor: "24h"},
	}
	if diff := cmp.Diff(want, object.Spec); diff != "" {
		t.Errorf("spec (-want +got):\n%s", diff)
	}
	if got := object.Spec.HealthCheck.EffectiveInterval(); got != v1alpha1.DefaultInterval {
		t.Errorf("the schema's default interval is %v, that of the package %v", got, v1alpha1.DefaultInterval)
	}
	wantSameResolution(t, object.Spec.Resolution)
}

// wantSameResolution: the defaults of the schema are those of the package.
func wantSameResolution(t *testing.T, stored v1alpha1.Resolution) {
	t.Helper()

	type effective struct {
		minTTL, maxTTL, keepFor time.Duration
		maxAddresses            int
	}

	var absent v1alpha1.Resolution
	schema := effective{stored.EffectiveMinTTL(), stored.EffectiveMaxTTL(), stored.EffectiveKeepFor(), stored.EffectiveMaxAddresses()}
	own := effective{absent.EffectiveMinTTL(), absent.EffectiveMaxTTL(), absent.EffectiveKeepFor(), absent.EffectiveMaxAddresses()}
	if schema != own {
		t.Errorf("the schema's default resolution is %v, that of the package %v", schema, own)
	}
}
