package netprobe

import (
	"context"
	"crypto/tls"
	"errors"
	"math"
	"net"
	"net/netip"

	"github.com/external-endpoints/operator/probes"
)

// keyExchanges leaves the post-quantum ones out that Go offers first by default: they
// are a third of a handshake's cost (400 against 256 us), and a probe has no secret
// that somebody might want to read in twenty years. Go sends its key share for the
// first of these that it supports, X25519, which nearly every host takes. One that
// takes none of them is asked again, see [TLSClient.stream].
var keyExchanges = []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521}

// TLSClient does handshakes.
type TLSClient struct {
	// config is complete but for the name when perTarget is set.
	config *tls.Config
	// perTarget: the address that is probed is the name to verify.
	perTarget bool
	// limitedCurves: there are key exchanges that are not offered.
	limitedCurves bool
}

// errNoCommonCurve ends a handshake in which more could have been offered.
var errNoCommonCurve = errors.New("no key exchange in common")

// NewTLSClient prepares handshakes. Errors name the fields under field. protocols
// are offered by ALPN.
//
// Sessions are not resumed: a resumed one shows no certificate, and one that
// expired meanwhile would go unnoticed.
func NewTLSClient(field string, check probes.ClientTLS, protocols ...string) (*TLSClient, error) {
	roots, err := parseBundle(check.CABundle)
	if err != nil {
		return nil, probes.Invalid(field+".caBundle", err.Error())
	}
	if !probes.IsVisible(check.ServerName) {
		return nil, probes.Invalid(field+".serverName", "a DNS name or an IP address")
	}
	show, err := clientCertificate(field+".clientCertificateRef", check)
	if err != nil {
		return nil, err
	}
	return &TLSClient{
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
func (c *TLSClient) stream(dialer *Dialer, through func(*TLSClient) Handler) *stream {
	config := c.config.Clone()
	config.CurvePreferences = nil // Go's own choice
	return &stream{dialer: dialer, handle: through(c), allCurves: through(&TLSClient{config: config, perTarget: c.perTarget})}
}

// Prober returns the prober of what next does inside of TLS.
func (c *TLSClient) Prober(dialer *Dialer, next Handler) probes.Prober {
	return c.stream(dialer, func(client *TLSClient) Handler { return client.within(next) })
}

// handshake makes conn a TLS connection; ok is false when outcome is the end of the probe.
func (c *TLSClient) handshake(conn net.Conn, target netip.AddrPort) (secure *tls.Conn, outcome probes.Outcome, ok bool) {
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
			return nil, probes.Broken(errNoCommonCurve), false
		}
		return nil, handshakeOutcome(err), false
	}
	bounded.left = math.MaxInt
	return secure, probes.Outcome{}, true
}

// within returns a handler that does next inside of TLS. The connection is closed
// without a closing alert: nobody would read it.
func (c *TLSClient) within(next Handler) Handler {
	return func(ctx context.Context, conn net.Conn, target netip.AddrPort) probes.Outcome {
		secure, outcome, ok := c.handshake(conn, target)
		if !ok {
			return outcome
		}
		return next(ctx, secure, target)
	}
}
