package probestest

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/external-endpoints/operator/probes"
)

// GRPC serves with grpc-go what register registers.
func GRPC(register func(*grpc.Server), options ...grpc.ServerOption) Server {
	return func(t testing.TB) netip.AddrPort {
		t.Helper()
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatalf("listen on loopback: %v", err)
		}
		server := grpc.NewServer(options...)
		register(server)
		go func() { _ = server.Serve(listener) }()
		t.Cleanup(server.Stop)
		return addrPort(listener.Addr())
	}
}

// Serves registers a health service that gives this status for the server and for
// the service "orders", and NOT_FOUND for any other.
func Serves(status healthv1.HealthCheckResponse_ServingStatus) func(*grpc.Server) {
	return func(server *grpc.Server) {
		service := health.NewServer()
		service.SetServingStatus("", status)
		service.SetServingStatus("orders", status)
		healthv1.RegisterHealthServer(server, service)
	}
}

// hanging is a health service that answers when its caller is gone.
type hanging struct {
	healthv1.UnimplementedHealthServer
}

func (hanging) Check(ctx context.Context, _ *healthv1.HealthCheckRequest) (*healthv1.HealthCheckResponse, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// grpcCases are about the gRPC health service.
func grpcCases(authority *Authority) []Case {
	const serving, notServing = healthv1.HealthCheckResponse_SERVING, healthv1.HealthCheckResponse_NOT_SERVING
	check := probes.Check{GRPC: &probes.GRPC{}}
	service := func(name string) probes.Check { return probes.Check{GRPC: &probes.GRPC{Service: name}} }
	secure := probes.Check{GRPC: &probes.GRPC{TLS: &probes.ClientTLS{CABundle: authority.Bundle, ServerName: ServerName}}}
	byAddress := probes.Check{GRPC: &probes.GRPC{TLS: &probes.ClientTLS{CABundle: authority.Bundle}}}

	certificate, expired := authority.Issue(year), authority.Issue(-day)
	overTLS := grpc.Creds(credentials.NewTLS(&tls.Config{Certificates: []tls.Certificate{certificate}}))
	overExpired := grpc.Creds(credentials.NewTLS(&tls.Config{Certificates: []tls.Certificate{expired}}))
	notFound := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }
	return []Case{
		{Sentence: "SERVING is well", Server: GRPC(Serves(serving)), Check: check},
		{Sentence: "a service that is SERVING is well", Server: GRPC(Serves(serving)), Check: service("orders")},
		{Sentence: "SERVING over TLS is well", Server: GRPC(Serves(serving), overTLS), Check: secure},
		{Sentence: "SERVING over TLS by address is well", Server: GRPC(Serves(serving), overTLS), Check: byAddress},
		{Sentence: "NOT_SERVING is not serving", Server: GRPC(Serves(notServing)), Check: check, Want: probes.NotServing},
		{Sentence: "NOT_SERVING over TLS is not serving", Server: GRPC(Serves(notServing), overTLS), Check: secure, Want: probes.NotServing},
		{Sentence: "UNKNOWN is not serving", Server: GRPC(Serves(healthv1.HealthCheckResponse_UNKNOWN)), Check: check, Want: probes.NotServing},
		{Sentence: "an unknown service is not serving", Server: GRPC(Serves(serving)), Check: service("stock"), Want: probes.NotServing},
		{Sentence: "a service with a long name is asked for", Server: GRPC(Serves(serving)), Check: service(strings.Repeat("x", 1000)), Want: probes.NotServing},
		{Sentence: "a server without a health service is not serving", Server: GRPC(func(*grpc.Server) {}), Check: check, Want: probes.NotServing},
		{Sentence: "a health service that hangs is a timeout", Server: GRPC(func(s *grpc.Server) { healthv1.RegisterHealthServer(s, hanging{}) }), Check: check, Want: probes.Timeout, Waits: true},
		{Sentence: "a host that only accepts is a timeout for gRPC", Server: Silent(), Check: check, Want: probes.Timeout, Waits: true},
		{Sentence: "an expired certificate is invalid for gRPC", Server: GRPC(Serves(serving), overExpired), Check: secure, Want: probes.CertificateInvalid},
		{Sentence: "TLS asked of a plain gRPC server is a failed handshake", Server: GRPC(Serves(serving)), Check: secure, Want: probes.TLSHandshake},
		{Sentence: "an HTTP server is a protocol error for gRPC", Server: HTTP(notFound), Check: check, Want: probes.Protocol},
		{Sentence: "an SSH server is a protocol error for gRPC", Server: Says("SSH-2.0-OpenSSH_9.2\r\n"), Check: check, Want: probes.Protocol},
		{Sentence: "endless settings are a protocol error", Server: Pours("\x00\x00\x00\x04\x00\x00\x00\x00\x00"), Check: check, Want: probes.Protocol},
		{Sentence: "a closed port refuses a gRPC check", Server: Closed, Check: check, Want: probes.ConnectionRefused},
		{Sentence: "a reset is a reset for gRPC", Server: Resets(), Check: check, Want: probes.Reset},
	}
}
