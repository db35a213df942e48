package probestest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/external-endpoints/operator/probes"
)

// ServerName is the DNS name in the certificates that an [Authority] issues. They
// hold 127.0.0.1 and ::1 too.
const ServerName = "db.example.com"

// day and year are long against any test.
const (
	day  = 24 * time.Hour
	year = 365 * day
)

// Authority issues certificates.
type Authority struct {
	t testing.TB
	// Bundle is the authority's own certificate as PEM: what a caBundle holds.
	Bundle string
	signer signer
}

// signer is a certificate with its key, and what to send along with what it signs.
type signer struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	chain       [][]byte
}

// NewAuthority returns an authority that only given clients trust.
func NewAuthority(t testing.TB) *Authority {
	t.Helper()
	authority := &Authority{t: t}
	authority.signer = authority.issue(nil, &x509.Certificate{
		Subject:  pkix.Name{CommonName: "probestest authority"},
		NotAfter: time.Now().Add(10 * year),
		IsCA:     true,
	})
	block := &pem.Block{Type: "CERTIFICATE", Bytes: authority.signer.certificate.Raw}
	authority.Bundle = string(pem.EncodeToMemory(block))
	return authority
}

// Issue returns a server certificate that was valid from a day ago until validFor from now.
func (a *Authority) Issue(validFor time.Duration) tls.Certificate {
	return a.server(a.signer, validFor)
}

// IssueThrough is Issue by way of an intermediate certificate with a validity of its own.
func (a *Authority) IssueThrough(intermediateValidFor, validFor time.Duration) tls.Certificate {
	intermediate := a.issue(&a.signer, &x509.Certificate{
		Subject:  pkix.Name{CommonName: "probestest intermediate"},
		NotAfter: time.Now().Add(intermediateValidFor),
		IsCA:     true,
	})
	intermediate.chain = [][]byte{intermediate.certificate.Raw}
	return a.server(intermediate, validFor)
}

// IssueClient returns a client certificate as PEM, with its key.
func (a *Authority) IssueClient(validFor time.Duration) (certificate, key probes.Secret) {
	issued := a.issue(&a.signer, &x509.Certificate{
		Subject:     pkix.Name{CommonName: "probestest prober"},
		NotAfter:    time.Now().Add(validFor),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	raw, err := x509.MarshalPKCS8PrivateKey(issued.key)
	if err != nil {
		a.t.Fatalf("encode a key: %v", err)
	}
	inPEM := func(kind string, raw []byte) probes.Secret {
		return probes.Secret(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: raw}))
	}
	return inPEM("CERTIFICATE", issued.certificate.Raw), inPEM("PRIVATE KEY", raw)
}

// Pool holds the authority's certificate, for hosts that verify clients.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.signer.certificate)
	return pool
}

// server issues a server certificate.
func (a *Authority) server(by signer, validFor time.Duration) tls.Certificate {
	issued := a.issue(&by, &x509.Certificate{
		Subject:     pkix.Name{CommonName: "probestest host"},
		NotAfter:    time.Now().Add(validFor),
		DNSNames:    []string{ServerName},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	return tls.Certificate{
		Certificate: append([][]byte{issued.certificate.Raw}, by.chain...),
		PrivateKey:  issued.key,
	}
}

// issue signs a certificate; nil: with its own key.
func (a *Authority) issue(by *signer, template *x509.Certificate) signer {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatalf("generate a key: %v", err)
	}
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	template.NotBefore = time.Now().Add(-2 * day)
	template.BasicConstraintsValid = true
	template.KeyUsage = x509.KeyUsageDigitalSignature
	if template.IsCA {
		template.KeyUsage = x509.KeyUsageCertSign
	}
	parent, parentKey := template, key
	if by != nil {
		parent, parentKey = by.certificate, by.key
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, parentKey)
	if err != nil {
		a.t.Fatalf("sign a certificate: %v", err)
	}
	certificate, err := x509.ParseCertificate(raw)
	if err != nil {
		a.t.Fatalf("parse our own certificate: %v", err)
	}
	return signer{certificate: certificate, key: key}
}
