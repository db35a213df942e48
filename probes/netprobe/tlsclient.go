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

// curves omits the post-quantum key exchanges that Go offers first by default. They are a third
// of the CPU of a handshake (400 against 256 us). A probe sends no data that must stay secret
// for decades. Nearly every host accepts the first curve, X25519. If a host accepts
// none, the probe makes a retry with all curves, see [TLSClient.stream].
var curves = []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521}

// TLSClient is the client side of TLS for one check.
type TLSClient struct {
	// config is complete, except for the server name if perTarget is set.
	config *tls.Config
	// perTarget: the certificate is verified against the probed address.
	perTarget bool
	// limitedCurves: the client offers curves only, and not every key exchange of Go.
	limitedCurves bool
}

// errNoCommonCurve is the error of a handshake that may succeed in a retry with all curves.
var errNoCommonCurve = errors.New("no key exchange in common")

// NewTLSClient returns the client of a check. Errors name the fields below field. The client
// offers protocols by ALPN.
//
// There is no session cache: a resumed session has no certificate, so a certificate that has
// expired since the first handshake would not fail the probe.
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
			CurvePreferences:     curves,
			NextProtos:           protocols,
			RootCAs:              roots, // nil: the roots of the system, which crypto/x509 caches
			ServerName:           check.ServerName,
			InsecureSkipVerify:   check.InsecureSkipVerify, // false by default
		},
		perTarget:     check.ServerName == "" && !check.InsecureSkipVerify,
		limitedCurves: true,
	}, nil
}

// stream returns a prober that runs the handler of newHandler. If the host accepts none of curves,
// the same probe makes a retry with every key exchange of Go: the cheaper handshake must not
// cause a false positive.
func (c *TLSClient) stream(dialer *Dialer, newHandler func(*TLSClient) Handler) *stream {
	config := c.config.Clone()
	config.CurvePreferences = nil // the default of Go
	return &stream{dialer: dialer, handle: newHandler(c), allCurves: newHandler(&TLSClient{config: config, perTarget: c.perTarget})}
}

// Prober returns a prober that runs next over TLS.
func (c *TLSClient) Prober(dialer *Dialer, next Handler) probes.Prober {
	return c.stream(dialer, func(client *TLSClient) Handler { return client.overTLS(next) })
}

// handshake returns a TLS connection over conn. If ok is false, the probe ends with outcome.
func (c *TLSClient) handshake(conn net.Conn, target netip.AddrPort) (secure *tls.Conn, outcome probes.Outcome, ok bool) {
	config := c.config
	if c.perTarget {
		// Go verifies an IP address against the IP SANs and sends no SNI.
		config = config.Clone()
		config.ServerName = target.Addr().Unmap().String()
	}
	bounded := &handshakeConn{Conn: conn, left: maxHandshake}
	secure = tls.Client(bounded, config)
	// Not HandshakeContext: it starts a goroutine for a deadline that conn already has.
	if err := secure.Handshake(); err != nil {
		if c.limitedCurves && isHandshakeFailure(err) {
			return nil, probes.Broken(errNoCommonCurve), false
		}
		return nil, handshakeOutcome(err), false
	}
	bounded.left = math.MaxInt
	return secure, probes.Outcome{}, true
}

// overTLS returns a handler that does the handshake and runs next. It sends no closing alert, since
// the probe resets the connection.
func (c *TLSClient) overTLS(next Handler) Handler {
	return func(ctx context.Context, conn net.Conn, target netip.AddrPort) probes.Outcome {
		secure, outcome, ok := c.handshake(conn, target)
		if !ok {
			return outcome
		}
		return next(ctx, secure, target)
	}
}
