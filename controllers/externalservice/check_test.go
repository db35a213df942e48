package externalservice

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/checks"
	"github.com/external-endpoints/operator/probes"
)

func TestEveryKindOfCheckIsTranslated(t *testing.T) {
	verification := v1alpha1.TLSVerification{ServerName: "db.example.com", CABundle: "PEM"}
	settings := &v1alpha1.TLSSettings{TLSVerification: verification, InsecureSkipVerify: true}
	client := probes.ClientTLS{ServerName: "db.example.com", CABundle: "PEM", InsecureSkipVerify: true}
	tests := []struct {
		name string
		spec v1alpha1.HealthCheck
		want probes.Check
	}{
		{"tcp", v1alpha1.HealthCheck{TCP: &v1alpha1.TCPCheck{}}, probes.Check{TCP: &probes.TCP{Send: []byte{}, Expect: []byte{}}}},
		{"tcp with a dialogue", v1alpha1.HealthCheck{TCP: &v1alpha1.TCPCheck{Send: "PING", Expect: "base64:UE9ORw=="}},
			probes.Check{TCP: &probes.TCP{Send: []byte("PING"), Expect: []byte("PONG")}}},
		{"udp", v1alpha1.HealthCheck{UDP: &v1alpha1.UDPCheck{Send: "base64:AAE=", Expect: "ok"}},
			probes.Check{UDP: &probes.UDP{Send: []byte{0, 1}, Expect: []byte("ok")}}},
		{"http", v1alpha1.HealthCheck{HTTP: &v1alpha1.HTTPCheck{
			Scheme: v1alpha1.SchemeHTTP, Method: "HEAD", Path: "/healthz?full=1", Host: "db.example.com",
			Headers:          []v1alpha1.HTTPHeader{{Name: "X-Probe", Value: "1"}, {Name: "X-Empty"}},
			ExpectedStatuses: []v1alpha1.StatusRange{"200", "300-399"},
			ExpectedBody:     &v1alpha1.ExpectedBody{Contains: "ok"},
		}}, probes.Check{HTTP: &probes.HTTP{
			Method: "HEAD", Path: "/healthz?full=1", Host: "db.example.com",
			Headers:  []probes.Header{{Name: "X-Probe", Value: "1"}, {Name: "X-Empty"}},
			Statuses: []probes.StatusRange{{First: 200, Last: 200}, {First: 300, Last: 399}},
			Contains: "ok",
		}}},
		{"http with an expression", v1alpha1.HealthCheck{HTTP: &v1alpha1.HTTPCheck{ExpectedBody: &v1alpha1.ExpectedBody{Matches: "^ok"}}},
			probes.Check{HTTP: &probes.HTTP{Matches: "^ok"}}},
		{"https", v1alpha1.HealthCheck{HTTP: &v1alpha1.HTTPCheck{Scheme: v1alpha1.SchemeHTTPS, TLS: settings}},
			probes.Check{HTTP: &probes.HTTP{TLS: &client}}},
		{"https verifies the Host header's name", v1alpha1.HealthCheck{HTTP: &v1alpha1.HTTPCheck{
			Scheme: v1alpha1.SchemeHTTPS, Host: "www.example.com", TLS: &v1alpha1.TLSSettings{TLSVerification: v1alpha1.TLSVerification{CABundle: "PEM"}},
		}}, probes.Check{HTTP: &probes.HTTP{Host: "www.example.com", TLS: &probes.ClientTLS{ServerName: "www.example.com", CABundle: "PEM"}}}},
		{"https without settings", v1alpha1.HealthCheck{HTTP: &v1alpha1.HTTPCheck{Scheme: v1alpha1.SchemeHTTPS}},
			probes.Check{HTTP: &probes.HTTP{TLS: &probes.ClientTLS{}}}},
		{"grpc", v1alpha1.HealthCheck{GRPC: &v1alpha1.GRPCCheck{Service: "orders"}}, probes.Check{GRPC: &probes.GRPC{Service: "orders"}}},
		{"grpc over TLS", v1alpha1.HealthCheck{GRPC: &v1alpha1.GRPCCheck{TLS: settings}},
			probes.Check{GRPC: &probes.GRPC{Authority: "db.example.com", TLS: &client}}},
		{"grpc with an authority", v1alpha1.HealthCheck{GRPC: &v1alpha1.GRPCCheck{Authority: "api.example.com:443", TLS: &v1alpha1.TLSSettings{}}},
			probes.Check{GRPC: &probes.GRPC{Authority: "api.example.com:443", TLS: &probes.ClientTLS{ServerName: "api.example.com"}}}},
		{"tls", v1alpha1.HealthCheck{TLS: &v1alpha1.TLSCheck{TLSVerification: verification, MinimumValidity: "168h"}},
			probes.Check{TLS: &probes.TLS{ClientTLS: probes.ClientTLS{ServerName: "db.example.com", CABundle: "PEM"}, MinimumValidity: 168 * time.Hour}}},
		{"none", v1alpha1.HealthCheck{None: &v1alpha1.NoCheck{}}, probes.Check{None: &probes.None{}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.spec.Interval, tt.spec.Timeout, tt.want.Timeout = "5s", "250ms", 250*time.Millisecond
			w, err := checks.For(tt.spec, v1alpha1.Host{Address: "203.0.113.1"}, checks.References{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&tt.want, w.Probe); diff != "" {
				t.Errorf("check (-want +got):\n%s", diff)
			}
			if w.Key != tt.want.Key() {
				t.Error("the key is another check's")
			}
		})
	}
}

func TestACheckThatCannotBeReadNamesItsField(t *testing.T) {
	tests := []struct {
		name string
		spec v1alpha1.HealthCheck
		want string
	}{
		{"no check", v1alpha1.HealthCheck{}, "must name a check"},
		{"what tcp sends", v1alpha1.HealthCheck{TCP: &v1alpha1.TCPCheck{Send: "base64:*"}}, "tcp: payload"},
		{"what tcp expects", v1alpha1.HealthCheck{TCP: &v1alpha1.TCPCheck{Expect: "base64:*"}}, "tcp: payload"},
		{"what udp sends", v1alpha1.HealthCheck{UDP: &v1alpha1.UDPCheck{Send: "base64:*"}}, "udp: payload"},
		{"a status", v1alpha1.HealthCheck{HTTP: &v1alpha1.HTTPCheck{ExpectedStatuses: []v1alpha1.StatusRange{"9-8"}}}, "http.expectedStatuses: status range"},
		{"a validity", v1alpha1.HealthCheck{TLS: &v1alpha1.TLSCheck{MinimumValidity: "soon"}}, "tls.minimumValidity: duration"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := checks.For(tt.spec, v1alpha1.Host{Address: "203.0.113.1"}, checks.References{})
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("got %v, want %s ...", err, tt.want)
			}
		})
	}
}
