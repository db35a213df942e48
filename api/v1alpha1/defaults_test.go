package v1alpha1

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestEffectiveServiceName(t *testing.T) {
	object := &ExternalService{ObjectMeta: metav1.ObjectMeta{Name: "orders-db"}}
	if got := object.EffectiveServiceName(); got != "orders-db" {
		t.Errorf("without a name: got %q, want that of the object", got)
	}

	object.Spec.Service.Name = "orders"
	if got := object.EffectiveServiceName(); got != "orders" {
		t.Errorf("with a name: got %q", got)
	}
}

func TestTargetPort(t *testing.T) {
	host := Host{Ports: []HostPort{{Name: "pg", TargetPort: 5433}}}

	tests := []struct {
		name string
		port Port
		want int32
	}{
		{name: "the host's own port", port: Port{Name: "pg", Port: 5432, TargetPort: 6432}, want: 5433},
		{name: "the target port of all hosts", port: Port{Name: "rest", Port: 80, TargetPort: 8080}, want: 8080},
		{name: "the port of the Service", port: Port{Name: "rest", Port: 80}, want: 80},
	}

	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := host.TargetPort(test.port); got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
		})
	}
}

func TestServiceDefaults(t *testing.T) {
	var absent ServiceSpec
	if got := absent.EffectiveType(); got != corev1.ServiceTypeClusterIP {
		t.Errorf("type: got %q", got)
	}
	if got := absent.EffectiveSessionAffinity(); got != corev1.ServiceAffinityNone {
		t.Errorf("sessionAffinity: got %q", got)
	}

	given := ServiceSpec{
		Type:            corev1.ServiceTypeNodePort,
		SessionAffinity: corev1.ServiceAffinityClientIP,
		Labels:          map[string]LabelValue{"team": "orders"},
	}
	if got := given.EffectiveType(); got != corev1.ServiceTypeNodePort {
		t.Errorf("type: got %q", got)
	}
	if got := given.EffectiveSessionAffinity(); got != corev1.ServiceAffinityClientIP {
		t.Errorf("sessionAffinity: got %q", got)
	}
	if diff := cmp.Diff(map[string]string{"team": "orders"}, given.ServiceLabels()); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
}

func TestWritesEndpoints(t *testing.T) {
	no, yes := false, true

	for _, test := range []struct {
		name      string
		endpoints *bool
		want      bool
	}{
		{name: "absent", want: true},
		{name: "true", endpoints: &yes, want: true},
		{name: "false", endpoints: &no},
	} {
		if got := (Publish{Endpoints: test.endpoints}).WritesEndpoints(); got != test.want {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
}
