package probes

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math"
	"net"
	"net/netip"
)

// keyExchanges leaves the post-quantum ones out that Go offers first by default: they
// are a third of a handshake's cost (400 against 256 us), and a probe has no secret
// that somebody might want to read in twenty years. Go sends its key share for the
// first of these that it supports, X25519, which nearly every host takes. One that
// takes none of them is asked again, see [tlsClient.stream].
var keyExchanges = []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521}

// tlsClient does handshakes.
type tlsClient struct {
	// config is complete but for the name when perTarget is set.
	config *tls.Config
	// perTarget: the address that is probed is the name to verify.
	perTarget bool
	// limitedCurves: there are key exchanges that are not offered.
	limitedCurves bool
}

// errNoCommonCurve ends a handshake in which more could have been offered.
var errNoCommonCurve = errors.New("no key exchange in common")

// newTLSClient prepares handshakes. Errors name the fields under field. protocols
// are offered by ALPN.
//
// Sessions are not resumed: a resumed one shows no certificate, and one that
// expired meanwhile would go unnoticed.
func newTLSClient(field string, check ClientTLS, protocols ...string) (*tlsClient, error) {
	roots, err := parseBundle(check.CABundle)
	if err != nil {
		return nil, invalid(field+".caBundle", err.Error())
	}
	if !isVisible(check.ServerName) {
		return nil, invalid(field+".serverName", "a DNS name or an IP address")
	}
	show, err := clientCertificate(field+".clientCertificateRef", check)
	if err != nil {
		return nil, err
	}
	return &tlsClient{
		config: &tls.Config{
			GetClientCertificate: show,
			MinVersion:           tls.VersionTLS12,
			CurvePreferences:     keyExchanges,
			NextProtos:           protocols,
			RootCAs:              roots, // nil: the system's, which crypto/x509 loads once
			ServerName:           check.ServerName,
			InsecureSkipVerify:   check.InsecureSkipVerify, // false unless the spec asks for it
		},
		perTarget:     check.ServerName == "" && !check.InsecureSkipVerify,
		limitedCurves: true,
	}, nil
}

// stream returns the prober of what is exchanged through the client. A host that takes
// none of the key exchanges offered is asked again in the same probe, with all that Go
// has: to spare it the work must not make it unreachable.
func (c *tlsClient) stream(dialer *Dialer, through func(*tlsClient) Handler) *stream {
	config := c.config.Clone()
	config.CurvePreferences = nil // Go's own choice
	return &stream{dialer: dialer, handle: through(c), allCurves: through(&tlsClient{config: config, perTarget: c.perTarget})}
}

// Prober returns the prober of what next does inside of TLS.
func (c *tlsClient) Prober(dialer *Dialer, next Handler) Prober {
	return c.stream(dialer, func(client *tlsClient) Handler { return client.within(next) })
}

// clientCertificate returns what answers a host that asks for a certificate; nil:
// there is none to show. It shows the certificate whatever authorities the host
// lists as acceptable: lists are often wrong, and the host says soon enough.
func clientCertificate(field string, check ClientTLS) (func(*tls.CertificateRequestInfo) (*tls.Certificate, error), error) {
	switch {
	case check.ClientCertificate == "" && check.ClientKey == "":
		return nil, nil
	case check.InsecureSkipVerify:
		return nil, invalid(field, "left out with insecureSkipVerify: a credential is shown to a verified host only")
	}
	pair, err := tls.X509KeyPair([]byte(check.ClientCertificate), []byte(check.ClientKey))
	if err != nil {
		// Its words are left out: they may repeat what was found in place of a key.
		return nil, invalid(field, "a certificate in PEM and the key that belongs to it, unencrypted and in PEM")
	}
	return func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }, nil
}

// handshake makes conn a TLS connection; ok is false when outcome is the end of the probe.
func (c *tlsClient) handshake(conn net.Conn, target netip.AddrPort) (secure *tls.Conn, outcome Outcome, ok bool) {
	config := c.config
	if c.perTarget {
		// Go verifies an IP address against the certificate's and sends no SNI for it.
		config = config.Clone()
		config.ServerName = target.Addr().Unmap().String()
	}
	bounded := &handshakeConn{Conn: conn, left: maxHandshake}
	secure = tls.Client(bounded, config)
	// Not HandshakeContext: it would start a goroutine to watch over a deadline that
	// conn has already.
	if err := secure.Handshake(); err != nil {
		if c.limitedCurves && refusesAll(err) {
			return nil, Broken(errNoCommonCurve), false
		}
		return nil, handshakeOutcome(err), false
	}
	bounded.left = math.MaxInt
	return secure, Outcome{}, true
}

// maxHandshake is how much of a host's handshake is read. Package tls by itself keeps 256 KiB
// of a chain of certificates whose end does not come; common chains have 2 to 6 KiB, and a
// list of all authorities that a host accepts has some 20 KiB.
const maxHandshake = 64 << 10

// handshakeConn reads at most left bytes and fails then.
type handshakeConn struct {
	net.Conn

	left int
}

// Read implements [net.Conn].
func (c *handshakeConn) Read(buffer []byte) (int, error) {
	if c.left == 0 {
		return 0, errTooMuch
	}
	n, err := c.Conn.Read(buffer[:min(len(buffer), c.left)])
	c.left -= n
	return n, err
}

// refusesAll reports whether the host said that it takes nothing of what was offered.
// Go has no type for a host's alerts, but those of QUIC are written the same.
func refusesAll(err error) bool {
	const handshakeFailure = tls.AlertError(40)
	var said *net.OpError
	return errors.As(err, &said) && said.Op == "remote error" && said.Err.Error() == handshakeFailure.Error()
}

// within returns a handler that does next inside of TLS. The connection is closed
// without a closing alert: nobody would read it.
func (c *tlsClient) within(next Handler) Handler {
	return func(ctx context.Context, conn net.Conn, target netip.AddrPort) Outcome {
		secure, outcome, ok := c.handshake(conn, target)
		if !ok {
			return outcome
		}
		return next(ctx, secure, target)
	}
}

// handshakeOutcome turns an error of a handshake into an outcome.
func handshakeOutcome(err error) Outcome {
	var unverified *tls.CertificateVerificationError
	if errors.As(err, &unverified) {
		return Failed(CertificateInvalid)
	}
	outcome := ExchangeFailed(err)
	if outcome.Reason == Protocol {
		return Failed(TLSHandshake)
	}
	return outcome
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
