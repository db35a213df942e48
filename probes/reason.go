package probes

// Reason says in which way a host failed. The list is closed: a reason becomes a
// metric label and part of a status, so nothing that a host sends may widen it.
type Reason string

const (
	// ConnectionRefused: the host answered the connection attempt with a refusal
	// (for UDP: ICMP port unreachable).
	ConnectionRefused Reason = "ConnectionRefused"
	// ConnectTimeout: no connection was established before the deadline.
	ConnectTimeout Reason = "ConnectTimeout"
	// Unreachable: the network said that there is no way to the host.
	Unreachable Reason = "Unreachable"
	// Reset: the host cut a connection that had been established.
	Reset Reason = "Reset"
	// Timeout: connected, but the answer was not complete before the deadline.
	Timeout Reason = "Timeout"
	// TLSHandshake: the handshake failed for another cause than the certificate.
	TLSHandshake Reason = "TLSHandshake"
	// CertificateInvalid: the certificate is not trusted, not valid now, or for another name.
	CertificateInvalid Reason = "CertificateInvalid"
	// CertificateExpiring: the certificate ends sooner than the check allows.
	CertificateExpiring Reason = "CertificateExpiring"
	// UnexpectedStatus: an HTTP status outside the expected ranges.
	UnexpectedStatus Reason = "UnexpectedStatus"
	// UnexpectedBody: an HTTP body without what was expected in its first 8 KiB.
	UnexpectedBody Reason = "UnexpectedBody"
	// UnexpectedReply: a TCP or UDP answer other than the expected one.
	UnexpectedReply Reason = "UnexpectedReply"
	// NotServing: the gRPC health service says anything but SERVING.
	NotServing Reason = "NotServing"
	// NameNotFound: the host's name does not exist.
	NameNotFound Reason = "NameNotFound"
	// NameTimeout: the host's name could not be resolved in time.
	NameTimeout Reason = "NameTimeout"
	// AddressDenied: the address policy forbids to connect there.
	AddressDenied Reason = "AddressDenied"
	// Protocol: the answer does not follow the protocol, or goes beyond its bounds.
	Protocol Reason = "Protocol"
)

// phrases are the reasons as people read them in a condition message.
var phrases = map[Reason]string{
	ConnectionRefused:   "connection refused",
	ConnectTimeout:      "connect timeout",
	Unreachable:         "unreachable",
	Reset:               "connection reset",
	Timeout:             "timeout",
	TLSHandshake:        "TLS handshake failed",
	CertificateInvalid:  "certificate invalid",
	CertificateExpiring: "certificate expiring",
	UnexpectedStatus:    "unexpected status",
	UnexpectedBody:      "unexpected body",
	UnexpectedReply:     "unexpected reply",
	NotServing:          "not serving",
	NameNotFound:        "name not found",
	NameTimeout:         "name timeout",
	AddressDenied:       "address denied",
	Protocol:            "protocol error",
}

// Phrase returns the reason in words for a message, "connection refused".
func (r Reason) Phrase() string {
	if phrase, known := phrases[r]; known {
		return phrase
	}
	return "unknown"
}
