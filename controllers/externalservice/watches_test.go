package externalservice

import (
	"testing"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/controllers/internal/checks"
	"github.com/external-endpoints/operator/controllers/internal/hosts"
	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/resolve"
)

func TestANameIsWhatItsHostsAreAskedFor(t *testing.T) {
	https := v1alpha1.HealthCheck{HTTP: &v1alpha1.HTTPCheck{Scheme: v1alpha1.SchemeHTTPS}}
	asked := func(c *probes.Check) string {
		switch {
		case c.HTTP != nil:
			return c.HTTP.Host + c.HTTP.Name + " " + c.HTTP.TLS.ServerName
		case c.GRPC != nil && c.GRPC.TLS == nil:
			return c.GRPC.Authority + c.GRPC.Name
		case c.GRPC != nil:
			return c.GRPC.Authority + c.GRPC.Name + " " + c.GRPC.TLS.ServerName
		default:
			return c.TLS.ServerName
		}
	}
	tests := []struct {
		name  string
		check v1alpha1.HealthCheck
		host  string
		want  string
	}{
		{"https of a name", https, dbName, dbName + " " + dbName},
		{"https of an SRV name: its domain", https, srvName, "example.com example.com"},
		{"https of an address", https, "203.0.113.1", " "},
		{"tls of a name", v1alpha1.HealthCheck{TLS: &v1alpha1.TLSCheck{}}, dbName, dbName},
		{"grpc of a name", v1alpha1.HealthCheck{GRPC: &v1alpha1.GRPCCheck{TLS: &v1alpha1.TLSSettings{}}}, dbName, dbName + " " + dbName},
		{"grpc of a name in plain text", v1alpha1.HealthCheck{GRPC: &v1alpha1.GRPCCheck{}}, dbName, dbName},
		{"an authority goes before a name", v1alpha1.HealthCheck{GRPC: &v1alpha1.GRPCCheck{Authority: webName + ":80"}}, dbName, webName + ":80"},
		{"a host goes before a name", v1alpha1.HealthCheck{HTTP: &v1alpha1.HTTPCheck{
			Scheme: v1alpha1.SchemeHTTPS, Host: webName + ":8443",
		}}, dbName, webName + ":8443 " + webName},
		{"a server name goes before", v1alpha1.HealthCheck{TLS: &v1alpha1.TLSCheck{TLSVerification: v1alpha1.TLSVerification{ServerName: webName}}}, dbName, webName},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w, err := checks.For(tt.check, v1alpha1.Host{Address: tt.host}, checks.References{})
			if err != nil {
				t.Fatal(err)
			}
			if got := asked(w.Probe); got != tt.want {
				t.Errorf("asked for %q, want %q", got, tt.want)
			}
		})
	}
}

func TestHostsThatAreAskedTheSameShareAWatch(t *testing.T) {
	means := meaning(map[string][]resolve.Record{dbName: hostsAt(3, 4), webName: hostsAt(5)})
	listed := append(hostsNumbered(1, 2), named(dbName, webName)...)
	count := func(check v1alpha1.HealthCheck) int {
		o := object(withHosts(listed...))
		o.Spec.HealthCheck = check
		distinct := map[*checks.Check]bool{}
		for _, e := range hosts.Endpoints(o.Spec, nil, anybody, checks.References{}, means).Endpoints {
			distinct[e.Check] = true
		}
		return len(distinct)
	}
	if got := count(check()); got != 1 {
		t.Errorf("%d watches for a check that names nobody", got)
	}
	byName := check()
	byName.HTTP = &v1alpha1.HTTPCheck{Path: "/"}
	if got := count(byName); got != 3 {
		t.Errorf("%d watches: one for the addresses and one for each name are enough", got)
	}
}
