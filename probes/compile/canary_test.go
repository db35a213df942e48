package compile_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/probestest"
)

// canary is in all that the hosts below send, and in what they are sent.
const canary = "canary"

// canaryHealth says the canary in its error message.
type canaryHealth struct {
	healthv1.UnimplementedHealthServer
}

func (canaryHealth) Check(context.Context, *healthv1.HealthCheckRequest) (*healthv1.HealthCheckResponse, error) {
	return nil, status.Error(codes.Internal, canary)
}

func TestOutcomeHoldsNoBytesOfTheHost(t *testing.T) {
	authority := probestest.NewAuthority(t)
	secret := get()
	secret.HTTP.Headers = []probes.Header{{Name: "Authorization", Value: canary}}
	secret.HTTP.Path = "/?token=" + canary
	body := get()
	body.HTTP.Contains = "other"
	https := get()
	https.HTTP.TLS = &probes.ClientTLS{CABundle: authority.Bundle, ServerName: canary + ".example.com"}
	trusting := probes.Check{TLS: &probes.TLS{ClientTLS: probes.ClientTLS{InsecureSkipVerify: true}, MinimumValidity: 24 * time.Hour}}

	talk := probes.Check{TCP: &probes.TCP{Send: []byte(canary), Expect: []byte("other")}}
	datagram := probes.Check{UDP: &probes.UDP{Send: []byte(canary), Expect: []byte("other")}}
	call := probes.Check{GRPC: &probes.GRPC{Service: canary}}
	noCertificate := &tls.Config{Certificates: []tls.Certificate{authority.Issue(time.Hour)}, ClientAuth: tls.RequireAnyClientCert}
	tests := []struct {
		server probestest.Server
		check  probes.Check
	}{
		{probestest.SaysAndHangsUp(canary), talk},
		{probestest.UDPSays(canary), datagram},
		{probestest.Says(canary + "\r\n"), secret},
		{probestest.Answers("HTTP/1.1 500 " + canary + "\r\nX-Canary: " + canary + "\r\n\r\n" + canary), secret},
		{probestest.Answers("HTTP/1.1 " + canary + "\r\n\r\n"), secret},
		{probestest.Answers("HTTP/1.1 200 OK\r\n" + canary + "\r\n\r\n"), secret},
		{probestest.Answers("HTTP/1.1 200 OK\r\nContent-Length: " + canary + "\r\n\r\n"), body},
		{probestest.Answers("HTTP/1.1 302 Found\r\nLocation: http://" + canary + "/\r\n\r\n"), secret},
		{probestest.Answers(probestest.OK(canary)), body},
		{probestest.Answers(probestest.Chunked(canary)), body},
		{probestest.Says(canary), https},
		{probestest.Handshakes(authority.Issue(time.Hour)), https},
		{probestest.Handshakes(authority.Issue(-time.Hour)), trusting},
		{probestest.TLS(noCertificate, func(conn net.Conn) { conn.Close() }), https},
		{probestest.GRPC(func(s *grpc.Server) { healthv1.RegisterHealthServer(s, canaryHealth{}) }), call},
		{probestest.GRPC(probestest.Serves(healthv1.HealthCheckResponse_SERVING)), call},
		{probestest.Says(canary + strings.Repeat(" ", 100)), call},
	}
	for i, test := range tests {
		outcome := ask(t, test.check, test.server(t))
		if outcome.Result != probes.Failure || outcome.Err != nil || outcome.Reason.Phrase() == "unknown" {
			t.Errorf("host %d: %+v, want a failure with a listed reason and no error", i, outcome)
		}
		if said := fmt.Sprintf("%+v", outcome); strings.Contains(said, canary) {
			t.Errorf("host %d: the outcome holds what the host sent or was sent: %s", i, said)
		}
	}
}
