package compile

import (
	"fmt"

	"github.com/external-endpoints/operator/probes"
	"github.com/external-endpoints/operator/probes/grpcprobe"
	"github.com/external-endpoints/operator/probes/httpprobe"
	"github.com/external-endpoints/operator/probes/netprobe"
)

// Prober returns a prober for check that opens its connections with dialer. The prober is safe for
// concurrent use and holds no connection between probes.
//
// The error names a field of the healthCheck in the API and its requirement. It holds no value of
// a field, since a value may be a secret.
func Prober(check probes.Check, dialer *netprobe.Dialer) (probes.Prober, error) {
	if check.Timeout <= 0 {
		return nil, probes.Invalid("timeout", "more than zero")
	}
	if members := countMembers(&check); members != 1 {
		return nil, fmt.Errorf("exactly one of tcp, http, grpc, tls, udp and none must be set, not %d", members)
	}
	protocol, err := newProtocol(check, dialer)
	if err != nil {
		return nil, err
	}
	return guard{protocol}, nil
}

// Validate returns the error that [Prober] would return for check. It does no I/O.
func Validate(check *probes.Check) error {
	_, err := Prober(*check, nil)
	return err
}

// newProtocol returns the prober of the member that is set.
func newProtocol(check probes.Check, dialer *netprobe.Dialer) (probes.Prober, error) {
	switch {
	case check.TCP != nil:
		return netprobe.NewTCP(check.TCP, dialer)
	case check.HTTP != nil:
		return httpprobe.New(check.HTTP, dialer)
	case check.GRPC != nil:
		return grpcprobe.New(check.GRPC, dialer)
	case check.TLS != nil:
		return netprobe.NewTLS(check.TLS, dialer)
	case check.UDP != nil:
		return netprobe.NewUDP(check.UDP, dialer)
	default:
		return none{}, nil
	}
}

// countMembers returns how many members of the union are set; a valid check has one.
func countMembers(c *probes.Check) int {
	count := 0
	for _, set := range []bool{c.TCP != nil, c.HTTP != nil, c.GRPC != nil, c.TLS != nil, c.UDP != nil, c.None != nil} {
		if set {
			count++
		}
	}
	return count
}
