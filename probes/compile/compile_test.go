package compile_test

import (
	"strings"
	"testing"
	"time"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/compile"
	"github.com/external-endpoints/operator/probes/probestest"
)

func TestProberRejectsInvalidChecks(t *testing.T) {
	// change is made to a valid HTTP check; secret values stand in what is wrong.
	http := func(change func(*probes.HTTP)) probes.Check {
		check := get()
		change(check.HTTP)
		return check
	}
	header := func(name, value string) probes.Check {
		return http(func(h *probes.HTTP) { h.Headers = []probes.Header{{Name: name, Value: probes.Secret(value)}} })
	}
	bundle := func(text string) probes.Check {
		return probes.Check{TLS: &probes.TLS{ClientTLS: probes.ClientTLS{CABundle: text}}}
	}
	key := "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n"
	shows := func(certificate, key probes.Secret, change ...func(*probes.ClientTLS)) probes.Check {
		check := probes.ClientTLS{ClientCertificate: certificate, ClientKey: key}
		for _, apply := range change {
			apply(&check)
		}
		return probes.Check{TLS: &probes.TLS{ClientTLS: check}}
	}
	authority := probestest.NewAuthority(t)
	certificate, itsKey := authority.IssueClient(time.Hour)
	_, otherKey := authority.IssueClient(time.Hour)
	trusting := func(c *probes.ClientTLS) { c.InsecureSkipVerify = true }
	broken := "-----BEGIN CERTIFICATE-----\nc2VjcmV0\n-----END CERTIFICATE-----\n"
	long := strings.Repeat("secret", 2000)
	tests := []struct {
		sentence string
		check    probes.Check
		want     string // how the error begins
	}{
		{"no member", probes.Check{}, "exactly one of"},
		{"two members", probes.Check{TCP: &probes.TCP{}, None: &probes.None{}}, "exactly one of"},
		{"another method", http(func(h *probes.HTTP) { h.Method = "POST" }), "http.method must be"},
		{"a relative path", http(func(h *probes.HTTP) { h.Path = "secret" }), "http.path must be"},
		{"a path with a space", http(func(h *probes.HTTP) { h.Path = "/secret HTTP/1.1" }), "http.path must be"},
		{"a path with a line break", http(func(h *probes.HTTP) { h.Path = "/\r\nsecret: x" }), "http.path must be"},
		{"a host with a line break", http(func(h *probes.HTTP) { h.Host = "a\r\nsecret: x" }), "http.host must be"},
		{"a name with a line break", http(func(h *probes.HTTP) { h.Name = "a\r\nsecret: x" }), "http.host must be"},
		{"no statuses", http(func(h *probes.HTTP) { h.Statuses = nil }), "http.expectedStatuses must be"},
		{"falling statuses", http(func(h *probes.HTTP) { h.Statuses = []probes.StatusRange{{First: 300, Last: 200}} }), "http.expectedStatuses must be"},
		{"two body matchers", http(func(h *probes.HTTP) { h.Contains, h.Matches = "secret", "secret" }), "http.expectedBody must be"},
		{"a body matcher for HEAD", http(func(h *probes.HTTP) { h.Method, h.Contains = "HEAD", "secret" }), "http.expectedBody must be"},
		{"a pattern that is none", http(func(h *probes.HTTP) { h.Matches = "secret(" }), "http.expectedBody.matches must be"},
		{"more text than is read", http(func(h *probes.HTTP) { h.Contains = long }), "http.expectedBody.contains must be"},
		{"a header name with a colon", header("X:secret", ""), "http.headers.name must be"},
		{"no header name", header("", "secret"), "http.headers.name must be"},
		{"a header that is ours", header("transfer-encoding", "secret"), "http.headers.name must be"},
		{"a header value with a line break", header("X", "a\r\nsecret: x"), "http.headers.value must be"},
		{"more bytes to expect than are read", probes.Check{TCP: &probes.TCP{Expect: []byte(long)}}, "tcp.expect must be"},
		{"too many bytes to send", probes.Check{TCP: &probes.TCP{Send: []byte(long)}}, "tcp.send must be"},
		{"too long a datagram to send", probes.Check{UDP: &probes.UDP{Send: []byte(long)}}, "udp.send must be"},
		{"too long a datagram to expect", probes.Check{UDP: &probes.UDP{Expect: []byte(long)}}, "udp.expect must be"},
		{"an authority with a line break", probes.Check{GRPC: &probes.GRPC{Authority: "a\r\nsecret: x"}}, "grpc.authority must be"},
		{"a gRPC name with a space", probes.Check{GRPC: &probes.GRPC{Name: "a secret"}}, "grpc.authority must be"},
		{"a service that is no text", probes.Check{GRPC: &probes.GRPC{Service: "secret\xff"}}, "grpc.service must be"},
		{"too long a service", probes.Check{GRPC: &probes.GRPC{Service: long}}, "grpc.service must be"},
		{"a server name with a space", probes.Check{GRPC: &probes.GRPC{TLS: &probes.ClientTLS{ServerName: "a secret"}}}, "grpc.tls.serverName must be"},
		{"a bundle without a certificate", bundle("secret"), "tls.caBundle must be PEM with at least one"},
		{"a bundle with a key", bundle(key), "tls.caBundle must be PEM of certificates only"},
		{"a bundle with a broken certificate", bundle(broken), "tls.caBundle must be PEM of well-formed"},
		{"a broken bundle for HTTPS", http(func(h *probes.HTTP) { h.TLS = &probes.ClientTLS{CABundle: broken} }), "http.tls.caBundle must be"},
		{"a client certificate without its key", shows(certificate, ""), "tls.clientCertificateRef must be"},
		{"a client key without its certificate", shows("", itsKey), "tls.clientCertificateRef must be"},
		{"a client key of another certificate", shows(certificate, otherKey), "tls.clientCertificateRef must be"},
		{"a client certificate that is none", shows(probes.Secret(broken), itsKey), "tls.clientCertificateRef must be"},
		{"a client key that is none", shows(certificate, probes.Secret(key)), "tls.clientCertificateRef must be"},
		{"a client key of some secret type", shows(certificate, "-----BEGIN secret-----\nc2VjcmV0\n-----END secret-----\n"), "tls.clientCertificateRef must be"},
		{"a client certificate for whoever answers", shows(certificate, itsKey, trusting), "tls.clientCertificateRef must be"},
		{"a negative validity", probes.Check{TLS: &probes.TLS{MinimumValidity: -1}}, "tls.minimumValidity must be"},
	}
	for _, test := range tests {
		t.Run(test.sentence, func(t *testing.T) {
			test.check.Timeout = time.Second
			_, err := compile.Prober(test.check, probestest.NewDialer())
			if err == nil || !strings.HasPrefix(err.Error(), test.want) {
				t.Fatalf("error is %v, want one that begins with %q", err, test.want)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("the error repeats a value: %v", err)
			}
		})
	}
	if _, err := compile.Prober(probes.Check{None: &probes.None{}}, nil); err == nil || err.Error() != "timeout must be more than zero" {
		t.Errorf("without a timeout: %v", err)
	}
}
