package probes

// Reason classifies a failure. The list is closed: a reason becomes a metric label and part
// of a status, so a response of a host must not extend it.
type Reason string

const (
	// ConnectionRefused: the host refused the connection (UDP: ICMP port unreachable).
	ConnectionRefused Reason = "ConnectionRefused"
	// ConnectTimeout: no connection was established before the deadline.
	ConnectTimeout Reason = "ConnectTimeout"
	// Unreachable: the network reported that there is no route to the host.
	Unreachable Reason = "Unreachable"
	// Reset: the host closed an established connection.
	Reset Reason = "Reset"
	// Timeout: connected, but the response was not complete before the deadline.
	Timeout Reason = "Timeout"
	// TLSHandshake: the handshake failed for another cause than the certificate.
	TLSHandshake Reason = "TLSHandshake"
	// CertificateInvalid: the certificate is not trusted, not valid now, or for a different name.
	CertificateInvalid Reason = "CertificateInvalid"
	// CertificateExpiring: the certificate expires before the minimum validity of the check.
	CertificateExpiring Reason = "CertificateExpiring"
	// UnexpectedStatus: an HTTP status outside the expected ranges.
	UnexpectedStatus Reason = "UnexpectedStatus"
	// UnexpectedBody: the first 8 KiB of the HTTP body lack the expected text.
	UnexpectedBody Reason = "UnexpectedBody"
	// UnexpectedReply: a TCP or UDP response without the expected bytes.
	UnexpectedReply Reason = "UnexpectedReply"
	// NotServing: the gRPC health service returned a status other than SERVING.
	NotServing Reason = "NotServing"
	// NameNotFound: the name of the host does not exist.
	NameNotFound Reason = "NameNotFound"
	// NameTimeout: the name of the host was not resolved before the deadline.
	NameTimeout Reason = "NameTimeout"
	// AddressDenied: the address policy denies the address.
	AddressDenied Reason = "AddressDenied"
	// Protocol: the response violates the protocol or exceeds a size limit.
	Protocol Reason = "Protocol"
)

// phrases are the texts of the reasons in condition messages.
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

// Phrase returns the text of the reason for a message, such as "connection refused".
func (r Reason) Phrase() string {
	if phrase, known := phrases[r]; known {
		return phrase
	}
	return "unknown"
}
