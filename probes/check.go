package probes

import (
	"errors"
	"time"
)

// Check describes a probe. It is plain data: validated by the API server, with every default
// set. Package compile makes its [Prober].
//
// Exactly one of the pointers is set.
type Check struct {
	// Timeout is the deadline of the whole probe, from the connect to the last byte of the body.
	Timeout time.Duration

	TCP  *TCP  `json:",omitempty"`
	HTTP *HTTP `json:",omitempty"`
	GRPC *GRPC `json:",omitempty"`
	TLS  *TLS  `json:",omitempty"`
	UDP  *UDP  `json:",omitempty"`
	None *None `json:",omitempty"`
}

// TCP connects and, if Send or Expect is set, exchanges bytes.
type TCP struct {
	// Send is written after the connect; empty: nothing.
	Send []byte `json:",omitempty"`
	// Expect must occur in the first 8 KiB of the response; empty: nothing is read.
	Expect []byte `json:",omitempty"`
}

// HTTP sends one request on a connection of its own.
type HTTP struct {
	Method string
	Path   string
	// Host is the Host header, with or without a port. Empty: Name or the probed address, and
	// the probed port unless it is the default port of the scheme.
	Host string
	// Name is the DNS name that was resolved to the probed address; empty: the host is an IP.
	Name    string   `json:",omitempty"`
	Headers []Header `json:",omitempty"`
	// Statuses are the ranges of a healthy response; redirects are not followed.
	Statuses []StatusRange
	// Contains and Matches (RE2) apply to the first 8 KiB of the body; at most one is set.
	Contains string `json:",omitempty"`
	Matches  string `json:",omitempty"`
	// TLS makes the request an HTTPS request; nil: plain HTTP.
	TLS *ClientTLS `json:",omitempty"`
}

// Header is one HTTP request header.
type Header struct {
	Name string
	// Value may be read from a Secret, so it is never formatted.
	Value Secret
}

// StatusRange is a range of HTTP statuses, First and Last included.
type StatusRange struct{ First, Last int }

// GRPC calls grpc.health.v1.Health/Check.
type GRPC struct {
	// Service is the service in the request; empty: the server as a whole.
	Service string
	// Authority is sent as :authority; empty: as with HTTP.Host.
	Authority string `json:",omitempty"`
	// Name is the DNS name that was resolved to the probed address; empty: the host is an IP.
	Name string `json:",omitempty"`
	// TLS encrypts the connection; nil: plain text.
	TLS *ClientTLS `json:",omitempty"`
}

// TLS does a handshake and closes the connection.
type TLS struct {
	ClientTLS
	// MinimumValidity is the shortest remaining validity of the certificate; zero: not checked.
	MinimumValidity time.Duration
}

// UDP sends one datagram.
type UDP struct {
	Send []byte `json:",omitempty"`
	// Expect must occur in the first 4 KiB of the response. Empty: the probe succeeds unless an
	// ICMP error arrives before the deadline.
	Expect []byte `json:",omitempty"`
}

// None makes no connection: every probe succeeds.
type None struct{}

// ClientTLS configures how the certificate of the host is verified.
type ClientTLS struct {
	// ServerName is sent as SNI and verified; empty: the certificate must be for the probed IP.
	ServerName string `json:",omitempty"`
	// CABundle holds the trusted certificates in PEM; empty: the roots of the system.
	CABundle string `json:",omitempty"`
	// InsecureSkipVerify accepts any certificate.
	InsecureSkipVerify bool `json:",omitempty"`
	// ClientCertificate and ClientKey authenticate the prober to the host: a certificate with
	// its chain, and its key, in PEM. Both or none is set, and none with InsecureSkipVerify:
	// a credential is sent to a verified host only.
	ClientCertificate, ClientKey Secret `json:",omitempty"`
}

// Kind returns the kind of the check as a metric label.
func (c *Check) Kind() string {
	switch {
	case c.TCP != nil:
		return "tcp"
	case c.HTTP != nil:
		return "http"
	case c.GRPC != nil:
		return "grpc"
	case c.TLS != nil:
		return "tls"
	case c.UDP != nil:
		return "udp"
	default:
		return "none"
	}
}

// MaxResponse is how many bytes of a response or its body are searched: enough for a health
// page or a banner. 1,000 probes in flight to hosts that never stop sending hold 8 MB.
const MaxResponse = 8 << 10

// Validate returns an error unless r is an ascending range within 100 to 599.
func (r StatusRange) Validate() error {
	if r.First < 100 || r.Last > 599 || r.First > r.Last {
		return errors.New("must be a status from 100 to 599 or a rising range of them")
	}
	return nil
}

// Contains reports whether status is in the range.
func (r StatusRange) Contains(status int) bool { return r.First <= status && status <= r.Last }
