package v1alpha1

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
)

func TestEffectiveTimes(t *testing.T) {
	type times struct{ Interval, Timeout, FastInterval time.Duration }

	tests := []struct {
		name  string
		check HealthCheck
		want  times
	}{
		{
			name: "nothing is set",
			want: times{5 * time.Second, time.Second, time.Second},
		},
		{
			name:  "a long interval does not stretch the timeout",
			check: HealthCheck{Interval: "1m"},
			want:  times{time.Minute, time.Second, 12 * time.Second},
		},
		{
			name:  "a short interval is the timeout",
			check: HealthCheck{Interval: "800ms"},
			want:  times{800 * time.Millisecond, 800 * time.Millisecond, 160 * time.Millisecond},
		},
		{
			name:  "a fast interval is at least 100ms",
			check: HealthCheck{Interval: "300ms"},
			want:  times{300 * time.Millisecond, 300 * time.Millisecond, 100 * time.Millisecond},
		},
		{
			name:  "a fast interval is never longer than the interval",
			check: HealthCheck{Interval: "100ms"},
			want:  times{100 * time.Millisecond, 100 * time.Millisecond, 100 * time.Millisecond},
		},
		{
			name:  "what is set stays",
			check: HealthCheck{Interval: "10s", Timeout: "3s", FastInterval: "500ms"},
			want:  times{10 * time.Second, 3 * time.Second, 500 * time.Millisecond},
		},
	}

	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := times{test.check.EffectiveInterval(), test.check.EffectiveTimeout(), test.check.EffectiveFastInterval()}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("times (-want +got):\n%s", diff)
			}
		})
	}
}

func TestHealthCheckFor(t *testing.T) {
	shared := HealthCheck{Interval: "7s", HTTP: &HTTPCheck{Path: "/shared"}}
	own := HealthCheck{Interval: "9s", GRPC: &GRPCCheck{}}

	tests := []struct {
		name string
		spec HealthCheck
		port Port
		want HealthCheck
	}{
		{name: "the check of the spec", spec: shared, port: Port{}, want: shared},
		{name: "the port's own check replaces it", spec: shared, port: Port{HealthCheck: &own}, want: own},
		{
			name: "nothing is inherited by the port's own check",
			spec: shared,
			port: Port{HealthCheck: &HealthCheck{Interval: "1s"}},
			want: HealthCheck{Interval: "1s", TCP: &TCPCheck{}},
		},
		{name: "a TCP port without any check", want: HealthCheck{TCP: &TCPCheck{}}},
		{name: "a UDP port gets no tcp check", port: Port{Protocol: corev1.ProtocolUDP}, want: HealthCheck{}},
	}

	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			spec := ExternalServiceSpec{HealthCheck: test.spec}
			before := spec.DeepCopy()

			if diff := cmp.Diff(test.want, spec.HealthCheckFor(test.port)); diff != "" {
				t.Errorf("check (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(*before, spec); diff != "" {
				t.Errorf("the spec was changed (-before +after):\n%s", diff)
			}
		})
	}
}

func TestKind(t *testing.T) {
	checks := map[CheckKind]HealthCheck{
		CheckUnset: {},
		CheckTCP:   {TCP: &TCPCheck{}},
		CheckHTTP:  {HTTP: &HTTPCheck{}},
		CheckGRPC:  {GRPC: &GRPCCheck{}},
		CheckTLS:   {TLS: &TLSCheck{}},
		CheckUDP:   {UDP: &UDPCheck{}},
		CheckNone:  {None: &NoCheck{}},
	}

	for want, check := range checks {
		if got := check.Kind(); got != want {
			t.Errorf("got kind %q, want %q", got, want)
		}
	}
}
