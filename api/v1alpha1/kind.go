package v1alpha1

// CheckKind is the name of a member of the check union.
type CheckKind string

const (
	// CheckUnset: no member of the union is set.
	CheckUnset CheckKind = ""
	// CheckTCP is a TCP connection.
	CheckTCP CheckKind = "tcp"
	// CheckHTTP is an HTTP request.
	CheckHTTP CheckKind = "http"
	// CheckGRPC is a gRPC health request.
	CheckGRPC CheckKind = "grpc"
	// CheckTLS is a TLS handshake.
	CheckTLS CheckKind = "tls"
	// CheckUDP is a UDP datagram.
	CheckUDP CheckKind = "udp"
	// CheckNone sends no probe.
	CheckNone CheckKind = "none"
)

// Kind returns the member of the union that is set. The API server sees to it
// that there is at most one.
func (h HealthCheck) Kind() CheckKind {
	switch {
	case h.TCP != nil:
		return CheckTCP
	case h.HTTP != nil:
		return CheckHTTP
	case h.GRPC != nil:
		return CheckGRPC
	case h.TLS != nil:
		return CheckTLS
	case h.UDP != nil:
		return CheckUDP
	case h.None != nil:
		return CheckNone
	default:
		return CheckUnset
	}
}
