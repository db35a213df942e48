package netprobe

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"

	"github.com/external-endpoints/operator/probes"
)

// clientCertificate returns the callback for a host that requests a certificate; nil: the check
// has none. The callback ignores the list of accepted authorities, which is often incomplete:
// the host itself rejects a certificate that it does not accept.
func clientCertificate(field string, check probes.ClientTLS) (func(*tls.CertificateRequestInfo) (*tls.Certificate, error), error) {
	switch {
	case check.ClientCertificate == "" && check.ClientKey == "":
		return nil, nil
	case check.InsecureSkipVerify:
		return nil, probes.Invalid(field, "left out with insecureSkipVerify: a credential is shown to a verified host only")
	}
	pair, err := tls.X509KeyPair([]byte(check.ClientCertificate), []byte(check.ClientKey))
	if err != nil {
		// The text of err is dropped: it may quote the content of the Secret.
		return nil, probes.Invalid(field, "a certificate in PEM and the key that belongs to it, unencrypted and in PEM")
	}
	return func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }, nil
}

// parseBundle returns the certificates of a PEM bundle; nil for an empty one. Unlike
// x509.CertPool it rejects a block that it cannot parse: a certificate that is skipped without
// an error would fail every host at the next rotation. The error completes "must be".
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
