package netprobe

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"

	"github.com/external-endpoints/operator/probes"
)

// clientCertificate returns what answers a host that asks for a certificate; nil:
// there is none to show. It shows the certificate whatever authorities the host
// lists as acceptable: lists are often wrong, and the host says soon enough.
func clientCertificate(field string, check probes.ClientTLS) (func(*tls.CertificateRequestInfo) (*tls.Certificate, error), error) {
	switch {
	case check.ClientCertificate == "" && check.ClientKey == "":
		return nil, nil
	case check.InsecureSkipVerify:
		return nil, probes.Invalid(field, "left out with insecureSkipVerify: a credential is shown to a verified host only")
	}
	pair, err := tls.X509KeyPair([]byte(check.ClientCertificate), []byte(check.ClientKey))
	if err != nil {
		// Its words are left out: they may repeat what was found in place of a key.
		return nil, probes.Invalid(field, "a certificate in PEM and the key that belongs to it, unencrypted and in PEM")
	}
	return func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }, nil
}

// parseBundle returns the certificates of a PEM bundle; nil for an empty one. It is
// stricter than x509.CertPool, which passes over what it cannot read: a bundle that
// trusts less than its author believes would take hosts down when it matters. The
// error completes "must be".
func parseBundle(bundle string) (*x509.CertPool, error) {
	if bundle == "" {
		return nil, nil
	}
	pool, rest := x509.NewCertPool(), []byte(bundle)
	for count := 0; ; count++ {
		var block *pem.Block
		block, rest = pem.Decode(rest)
		switch {
		case block == nil && count == 0:
			return nil, errors.New("PEM with at least one certificate")
		case block == nil:
			return pool, nil
		case block.Type != "CERTIFICATE":
			return nil, errors.New("PEM of certificates only")
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, errors.New("PEM of well-formed certificates")
		}
		pool.AddCert(certificate)
	}
}
