package probestest

import (
	"crypto/tls"
	"io"
	"net"

	"github.com/external-endpoints/operator/probes"
)

// TLS does a handshake on each connection and hands it on.
func TLS(config *tls.Config, handle func(net.Conn)) Server {
	return Serve(func(conn net.Conn) {
		secure := tls.Server(conn, config)
		if err := secure.Handshake(); err == nil {
			handle(secure)
		}
		drain(conn)
	})
}

// Handshakes does a handshake with this certificate and says nothing more.
func Handshakes(certificate tls.Certificate) Server {
	return TLS(&tls.Config{Certificates: []tls.Certificate{certificate}}, drain)
}

// tlsCases are about handshakes and certificates.
func tlsCases(authority *Authority) []Case {
	check := func(change ...func(*probes.TLS)) probes.Check {
		check := &probes.TLS{ClientTLS: probes.ClientTLS{CABundle: authority.Bundle, ServerName: ServerName}}
		for _, apply := range change {
			apply(check)
		}
		return probes.Check{TLS: check}
	}
	week := func(t *probes.TLS) { t.MinimumValidity = 7 * day }
	insecure := func(t *probes.TLS) { t.ClientTLS = probes.ClientTLS{InsecureSkipVerify: true} }
	byAddress := func(t *probes.TLS) { t.ServerName = "" }
	otherName := func(t *probes.TLS) { t.ServerName = "other.example.com" }
	otherAddress := func(t *probes.TLS) { t.ServerName = "192.0.2.1" }
	systemRoots := func(t *probes.TLS) { t.CABundle = "" }

	long, soon, expired := authority.Issue(year), authority.Issue(day), authority.Issue(-day)
	old := &tls.Config{Certificates: []tls.Certificate{long}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	longChain := func(length int) tls.Certificate {
		chain := tls.Certificate{Certificate: long.Certificate, PrivateKey: long.PrivateKey}
		for size := 0; size < length; size += len(long.Certificate[0]) {
			chain.Certificate = append(chain.Certificate[:len(chain.Certificate):len(chain.Certificate)], long.Certificate[0])
		}
		return chain
	}
	twelve := &tls.Config{Certificates: []tls.Certificate{long}, MaxVersion: tls.VersionTLS12}
	wantsClient := &tls.Config{Certificates: []tls.Certificate{long}, ClientAuth: tls.RequireAnyClientCert}
	otherCurve := &tls.Config{Certificates: []tls.Certificate{long}, CurvePreferences: []tls.CurveID{tls.CurveP384}}
	quantum := &tls.Config{Certificates: []tls.Certificate{long}, CurvePreferences: []tls.CurveID{tls.X25519MLKEM768}}
	return []Case{
		{Sentence: "a trusted certificate for the name is well", Server: Handshakes(long), Check: check()},
		{Sentence: "a trusted certificate for the address is well", Server: Handshakes(long), Check: check(byAddress)},
		{Sentence: "a chain with an intermediate certificate is well", Server: Handshakes(authority.IssueThrough(year, year)), Check: check(week)},
		{Sentence: "a chain of 48 KiB is well", Server: Handshakes(longChain(48 << 10)), Check: check(insecure)},
		{Sentence: "a chain of 96 KiB is a failed handshake", Server: Handshakes(longChain(96 << 10)), Check: check(insecure), Want: probes.TLSHandshake},
		{Sentence: "TLS 1.2 is well", Server: TLS(twelve, drain), Check: check()},
		{Sentence: "TLS 1.1 is a failed handshake", Server: TLS(old, drain), Check: check(), Want: probes.TLSHandshake},
		{Sentence: "a host that insists on another curve is well", Server: TLS(otherCurve, drain), Check: check()},
		{Sentence: "a host that insists on a post-quantum key exchange is well", Server: TLS(quantum, drain), Check: check()},
		{Sentence: "a host that wants a client certificate is well for a TLS check", Server: TLS(wantsClient, drain), Check: check()},
		{Sentence: "an expired certificate is invalid", Server: Handshakes(expired), Check: check(), Want: probes.CertificateInvalid},
		{Sentence: "a certificate for another name is invalid", Server: Handshakes(long), Check: check(otherName), Want: probes.CertificateInvalid},
		{Sentence: "a certificate for another address is invalid", Server: Handshakes(long), Check: check(otherAddress), Want: probes.CertificateInvalid},
		{Sentence: "a certificate that the system does not trust is invalid", Server: Handshakes(long), Check: check(systemRoots), Want: probes.CertificateInvalid},
		{Sentence: "any certificate is well for whoever asks for it", Server: Handshakes(expired), Check: check(insecure)},
		{Sentence: "a certificate that lasts long enough is well", Server: Handshakes(long), Check: check(week)},
		{Sentence: "a certificate that ends soon is expiring", Server: Handshakes(soon), Check: check(week), Want: probes.CertificateExpiring},
		{Sentence: "a certificate that ends soon is well where nobody asks", Server: Handshakes(soon), Check: check()},
		{Sentence: "an intermediate certificate that ends soon is expiring", Server: Handshakes(authority.IssueThrough(day, year)), Check: check(week), Want: probes.CertificateExpiring},
		{Sentence: "an unverified certificate that ends soon is expiring", Server: Handshakes(soon), Check: check(insecure, week), Want: probes.CertificateExpiring},
		{Sentence: "a stalled handshake is a timeout", Server: Silent(), Check: check(), Want: probes.Timeout, Waits: true},
		{Sentence: "hanging up amid the handshake is a reset", Server: HangsUp(), Check: check(), Want: probes.Reset},
		{Sentence: "a host that speaks no TLS is a failed handshake", Server: Says("SSH-2.0-OpenSSH_9.2\r\n"), Check: check(), Want: probes.TLSHandshake},
		{Sentence: "a closed port refuses a TLS check", Server: Closed, Check: check(), Want: probes.ConnectionRefused},
	}
}

// httpsCases are about HTTP within TLS.
func httpsCases(authority *Authority) []Case {
	secure := func(h *probes.HTTP) {
		h.TLS = &probes.ClientTLS{CABundle: authority.Bundle, ServerName: ServerName}
	}
	certificates := []tls.Certificate{authority.Issue(year)}
	answers := func(text string) func(net.Conn) {
		return func(conn net.Conn) {
			_, _ = io.WriteString(conn, text)
			drain(conn)
		}
	}
	plain := &tls.Config{Certificates: certificates}
	both := &tls.Config{Certificates: certificates, NextProtos: []string{"h2", "http/1.1"}}
	otherProtocol := &tls.Config{Certificates: certificates, NextProtos: []string{"acme-tls/1"}}
	wantsClient := &tls.Config{Certificates: certificates, ClientAuth: tls.RequireAnyClientCert}
	return []Case{
		{Sentence: "200 over TLS is well", Server: TLS(plain, answers(OK("ok"))), Check: httpGet(secure, contains("ok"))},
		{Sentence: "a host that prefers HTTP/2 is asked over HTTP/1.1", Server: TLS(both, answers(OK("ok"))), Check: httpGet(secure)},
		{Sentence: "a host that insists on another protocol is a failed handshake", Server: TLS(otherProtocol, answers(OK("ok"))), Check: httpGet(secure), Want: probes.TLSHandshake},
		{Sentence: "a host that wants a client certificate is a failed handshake", Server: TLS(wantsClient, drain), Check: httpGet(secure), Want: probes.TLSHandshake},
		{Sentence: "500 over TLS is an unexpected status", Server: TLS(plain, answers(Status(500))), Check: httpGet(secure), Want: probes.UnexpectedStatus},
		{Sentence: "an expired certificate is invalid for HTTPS", Server: Handshakes(authority.Issue(-day)), Check: httpGet(secure), Want: probes.CertificateInvalid},
		{Sentence: "plain HTTP on an HTTPS port is a failed handshake", Server: Says("HTTP/1.1 400 Bad Request\r\n\r\n"), Check: httpGet(secure), Want: probes.TLSHandshake},
		{Sentence: "silence after the handshake is a timeout", Server: TLS(plain, drain), Check: httpGet(secure), Want: probes.Timeout, Waits: true},
		{Sentence: "hanging up after the handshake is a reset", Server: TLS(plain, hangUp), Check: httpGet(secure), Want: probes.Reset},
	}
}

// hangUp closes conn, so that nothing that follows keeps it open.
func hangUp(conn net.Conn) { conn.Close() }
