package probes

import (
	"errors"
	"time"
)

// Check says how a host is asked whether it is well. It is plain data, already
// validated and with every default filled in; [compile.Prober] makes it runnable.
//
// Exactly one of the pointers is set.
type Check struct {
	// Timeout bounds the whole probe: connect, TLS, request and the body's last byte.
	Timeout time.Duration

	TCP  *TCP  `json:",omitempty"`
	HTTP *HTTP `json:",omitempty"`
	GRPC *GRPC `json:",omitempty"`
	TLS  *TLS  `json:",omitempty"`
	UDP  *UDP  `json:",omitempty"`
	None *None `json:",omitempty"`
}

// TCP connects and, where asked, exchanges bytes.
type TCP struct {
	// Send is written once connected; empty: nothing.
	Send []byte `json:",omitempty"`
	// Expect must occur in the first 8 KiB that the host sends; empty: nothing is read.
	Expect []byte `json:",omitempty"`
}

// HTTP sends one request on a connection of its own.
type HTTP struct {
	Method string
	Path   string
	// Host is the Host header, with a port or without; empty: Name, else the probed address,
	// and the probed port where it is not the scheme's own.
	Host string
	// Name is the DNS name that was resolved to the probed address; empty: none was.
	Name    string   `json:",omitempty"`
	Headers []Header `json:",omitempty"`
	// Statuses are the ranges that count as well; redirects are not followed.
	Statuses []StatusRange
	// Contains and Matches (RE2) ask something of the first 8 KiB of the body; at most one is set.
	Contains string `json:",omitempty"`
	Matches  string `json:",omitempty"`
	// TLS makes it an HTTPS request; nil: plain HTTP.
	TLS *ClientTLS `json:",omitempty"`
}

// Header is one HTTP request header.
type Header struct {
	Name string
	// Value may have come from a Secret; whether it did is not known here.
	Value Secret
}

// StatusRange holds HTTP statuses from First to Last, both included.
type StatusRange struct{ First, Last int }

// GRPC calls grpc.health.v1.Health/Check.
type GRPC struct {
	// Service is the name asked for; empty asks for the server as a whole.
	Service string
	// Authority is sent as :authority; empty: as with HTTP.Host.
	Authority string `json:",omitempty"`
	// Name is the DNS name that was resolved to the probed address; empty: none was.
	Name string `json:",omitempty"`
	// TLS secures the connection; nil: plain text.
	TLS *ClientTLS `json:",omitempty"`
}

// TLS does a handshake and nothing more.
type TLS struct {
	ClientTLS
	// MinimumValidity is how much longer the certificate must be valid; zero: not looked at.
	MinimumValidity time.Duration
}

// UDP sends one datagram.
type UDP struct {
	Send []byte `json:",omitempty"`
	// Expect must occur in the answer's first 4 KiB. Empty: the host is well unless ICMP says
	// that it is unreachable before the timeout.
	Expect []byte `json:",omitempty"`
}

// None asks nothing: the host counts as well.
type None struct{}

// ClientTLS says how the host's certificate is verified.
type ClientTLS struct {
	// ServerName is sent as SNI and verified; empty: the probed IP address is verified.
	ServerName string `json:",omitempty"`
	// CABundle holds PEM certificates to trust; empty: the system's roots.
	CABundle string `json:",omitempty"`
	// InsecureSkipVerify accepts any certificate.
	InsecureSkipVerify bool `json:",omitempty"`
	// ClientCertificate and ClientKey are what the prober shows to a host that asks
	// who it is, in PEM: a certificate with its chain, and its key. Both or none, and
	// not with InsecureSkipVerify: a credential is shown to a verified host only.
	ClientCertificate, ClientKey Secret `json:",omitempty"`
}

// Kind returns the check's kind in the form used as a metric label.
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

// MaxResponse is how much of a host's answer is looked at: enough for any health page
// or banner, and what a thousand hosts that send without end can make us hold is 8 MB.
const MaxResponse = 8 << 10

// Validate returns an error unless r is a rising range within 100 to 599.
func (r StatusRange) Validate() error {
	if r.First < 100 || r.Last > 599 || r.First > r.Last {
		return errors.New("must be a status from 100 to 599 or a rising range of them")
	}
	return nil
}

// Contains reports whether status is in the range.
func (r StatusRange) Contains(status int) bool { return r.First <= status && status <= r.Last }
