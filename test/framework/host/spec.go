package host

// Protocol is what a port speaks.
type Protocol string

// The protocols of a host.
const (
	// HTTP answers every request with 200 and the host's name.
	HTTP Protocol = "http"
	// TCP greets with a line that has the host's name, then echoes.
	TCP Protocol = "tcp"
	// UDP answers a datagram with the host's name, a space and the datagram.
	UDP Protocol = "udp"
	// DNS answers every question, over UDP, with a TXT record of the host's name.
	DNS Protocol = "dns"
	// GRPC serves grpc.health.v1 for every service in plain text, and answers
	// every other call with the host's name.
	GRPC Protocol = "grpc"
)

// Port is a port that the host serves on, in both address families.
type Port struct {
	Number   uint16   `json:"number"`
	Protocol Protocol `json:"protocol"`
	// Check ports are for health checks alone.
	Check bool `json:"check,omitempty"`
}

// Spec says what a host is.
type Spec struct {
	Name  string `json:"name"`
	Ports []Port `json:"ports"`
	// Statuses are the HTTP paths with a status other than 200, on all ports; see
	// Host.Answer.
	Statuses map[string]int `json:"statuses,omitempty"`
}

// HealthPath is the HTTP path that counts as a health check on any port.
const HealthPath = "/healthz"

// DefaultPorts is one port of each kind, and one for checks.
func DefaultPorts() []Port {
	return []Port{
		{Number: 8080, Protocol: HTTP},
		{Number: 9000, Protocol: TCP},
		{Number: 5353, Protocol: UDP},
		{Number: 8008, Protocol: HTTP, Check: true},
	}
}
