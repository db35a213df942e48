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

// The figures hold the server's work too, which is in the same process; compare
// them with each other and with those of the commit before.

func BenchmarkTCPConnect(b *testing.B) {
	benchmark(b, probestest.Silent(), probes.Check{TCP: &probes.TCP{}})
}

func BenchmarkHTTP(b *testing.B) {
	benchmark(b, probestest.Answers(probestest.OK("ok")), get())
}

func BenchmarkTLS(b *testing.B) {
	authority := probestest.NewAuthority(b)
	check := probes.Check{TLS: &probes.TLS{ClientTLS: probes.ClientTLS{CABundle: authority.Bundle}}}
	benchmark(b, probestest.Handshakes(authority.Issue(time.Hour)), check)
}

func BenchmarkGRPC(b *testing.B) {
	server := probestest.GRPC(probestest.Serves(healthv1.HealthCheckResponse_SERVING), grpc.NumStreamWorkers(2))
	benchmark(b, server, probes.Check{GRPC: &probes.GRPC{}})
}

func benchmark(b *testing.B, server probestest.Server, check probes.Check) {
	target := server(b)
	prober := compiled(b, check, probestest.NewDialer())
	b.ReportAllocs()
	for b.Loop() {
		ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
		outcome := prober.Probe(ctx, target)
		cancel()
		if outcome != probes.Succeeded() {
			b.Fatalf("outcome is %+v", outcome)
		}
	}
}
