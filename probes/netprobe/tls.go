package netprobe

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/netip"
	"time"

	"github.com/external-endpoints/operator/probes"
)

// NewTLS returns the prober of a TLS check: a handshake and a check of the certificate. A host
// that requires a client certificate passes, since with TLS 1.3 it rejects the missing one only
// after the handshake.
func NewTLS(check *probes.TLS, dialer *Dialer) (probes.Prober, error) {
	if check.MinimumValidity < 0 {
		return nil, probes.Invalid("tls.minimumValidity", "zero or more")
	}
	client, err := NewTLSClient("tls", check.ClientTLS)
	if err != nil {
		return nil, err
	}
	minimum := check.MinimumValidity
	return client.stream(dialer, func(client *TLSClient) Handler {
		return func(_ context.Context, conn net.Conn, target netip.AddrPort) probes.Outcome {
			secure, outcome, ok := client.handshake(conn, target)
			switch {
			case !ok:
				return outcome
			case minimum > 0 && time.Until(validUntil(secure.ConnectionState())) < minimum:
				return probes.Failed(probes.CertificateExpiring)
			default:
				return probes.Succeeded()
			}
		}
	}), nil
}

// validUntil returns when the verification of the host will start to fail without a renewal. A chain
// is valid until the first of its certificates expires, intermediate or not. If several chains
// verify (cross-signed roots), the longest validity counts.
//
// Without verification there are no chains, and only the certificate of the host counts.
func validUntil(state tls.ConnectionState) time.Time {
	chains := state.VerifiedChains
	if len(chains) == 0 {
		chains = [][]*x509.Certificate{state.PeerCertificates[:1]}
	}
	var latest time.Time
	for _, chain := range chains {
		end := chain[0].NotAfter
		for _, certificate := range chain {
			if certificate.NotAfter.Before(end) {
				end = certificate.NotAfter
			}
		}
		if end.After(latest) {
			latest = end
		}
	}
	return latest
}
