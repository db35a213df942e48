package probestest

import (
	"crypto/tls"
	"io"
	"net"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/external-endpoints/operator/probes"
)

// mutualCases are about hosts that verify the prober's certificate.
func mutualCases(authority *Authority) []Case {
	host := &tls.Config{
		Certificates: []tls.Certificate{authority.Issue(year)},
		ClientAuth:   tls.RequireAndVerifyClientCert, ClientCAs: authority.Pool(),
	}
	twelve := host.Clone()
	twelve.MaxVersion = tls.VersionTLS12
	client := probes.ClientTLS{CABundle: authority.Bundle, ServerName: ServerName}
	known, expired := client, client
	known.ClientCertificate, known.ClientKey = authority.IssueClient(year)
	expired.ClientCertificate, expired.ClientKey = authority.IssueClient(-day)

	answers := func(conn net.Conn) {
		_, _ = io.WriteString(conn, OK("ok"))
		drain(conn)
	}
	https := func(settings probes.ClientTLS) probes.Check {
		return httpGet(func(h *probes.HTTP) { h.TLS = &settings })
	}
	call := func(settings probes.ClientTLS) probes.Check {
		return probes.Check{GRPC: &probes.GRPC{TLS: &settings}}
	}
	handshake := func(settings probes.ClientTLS) probes.Check {
		return probes.Check{TLS: &probes.TLS{ClientTLS: settings}}
	}
	health := GRPC(Serves(healthv1.HealthCheckResponse_SERVING), grpc.Creds(credentials.NewTLS(host)))
	return []Case{
		{Sentence: "a host that knows our certificate is well for HTTPS", Server: TLS(host, answers), Check: https(known)},
		{Sentence: "a host that misses a certificate is a failed handshake for HTTPS", Server: TLS(host, answers), Check: https(client), Want: probes.TLSHandshake},
		{Sentence: "a host that refuses our certificate is a failed handshake for HTTPS", Server: TLS(host, answers), Check: https(expired), Want: probes.TLSHandshake},
		{Sentence: "a host that does not ask gets no certificate and is well", Server: TLS(&tls.Config{Certificates: host.Certificates}, answers), Check: https(known)},
		{Sentence: "a host that knows our certificate is well for gRPC", Server: health, Check: call(known)},
		{Sentence: "a host that misses a certificate is a failed handshake for gRPC", Server: health, Check: call(client), Want: probes.TLSHandshake},
		{Sentence: "a host that knows our certificate is well for a TLS check", Server: TLS(host, drain), Check: handshake(known)},
		{Sentence: "a host of TLS 1.2 that knows our certificate is well for a TLS check", Server: TLS(twelve, drain), Check: handshake(known)},
		{Sentence: "a host of TLS 1.2 that refuses our certificate fails a TLS check", Server: TLS(twelve, drain), Check: handshake(expired), Want: probes.TLSHandshake},
	}
}
