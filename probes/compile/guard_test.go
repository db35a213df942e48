package compile_test

import (
	"context"
	"testing"
	"time"

	"google.golang.org/grpc"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/probestest"
)

// TestProbeAllocations holds each kind of check to its allocations, those of the
// host that answers included: it is in the same process. `make bench` has the CPU.
func TestProbeAllocations(t *testing.T) {
	authority := probestest.NewAuthority(t)
	secure := probes.ClientTLS{CABundle: authority.Bundle, ServerName: probestest.ServerName}
	handshakes := probestest.Handshakes(authority.Issue(time.Hour))
	serves := probestest.Serves(healthv1.HealthCheckResponse_SERVING)
	for _, kind := range []struct {
		name   string
		server probestest.Server
		check  probes.Check
		most   float64
	}{
		{"connect", probestest.Silent(), probes.Check{TCP: &probes.TCP{}}, 80},
		{"HTTP", probestest.Answers(probestest.OK("ok")), get(), 120},
		{"TLS", handshakes, probes.Check{TLS: &probes.TLS{ClientTLS: secure}}, 1400},
		{"gRPC", probestest.GRPC(serves, grpc.NumStreamWorkers(2)), probes.Check{GRPC: &probes.GRPC{}}, 450},
	} {
		t.Run(kind.name, func(t *testing.T) {
			target := kind.server(t)
			prober := compiled(t, kind.check, probestest.NewDialer())
			allocations := testing.AllocsPerRun(100, func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				if outcome := prober.Probe(ctx, target); outcome != probes.Succeeded() {
					t.Fatalf("outcome is %+v", outcome)
				}
			})
			t.Logf("%.0f allocations", allocations)
			if allocations > kind.most {
				t.Errorf("%.0f allocations a probe, at most %.0f are fine", allocations, kind.most)
			}
		})
	}
}
