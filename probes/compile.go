package probes

import "fmt"

// Compile returns a prober for check that opens its connections with dialer.
// The prober is safe for concurrent use and holds no connection between probes.
//
// The error names a field of the healthCheck as the API has it, and says what it
// "must be"; it repeats no value, since a value may be a secret.
func Compile(check Check, dialer *Dialer) (Prober, error) {
	if check.Timeout <= 0 {
		return nil, invalid("timeout", "more than zero")
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

// newProtocol returns the prober of the one member that is set.
func newProtocol(check Check, dialer *Dialer) (Prober, error) {
	switch {
	case check.TCP != nil:
		return newTCP(check.TCP, dialer)
	case check.HTTP != nil:
		return newHTTP(check.HTTP, dialer)
	case check.GRPC != nil:
		return newGRPC(check.GRPC, dialer)
	case check.TLS != nil:
		return newTLS(check.TLS, dialer)
	case check.UDP != nil:
		return newUDP(check.UDP, dialer)
	default:
		return none{}, nil
	}
}

// countMembers returns how many members of the union are set.
func countMembers(c *Check) int {
	count := 0
	for _, set := range []bool{c.TCP != nil, c.HTTP != nil, c.GRPC != nil, c.TLS != nil, c.UDP != nil, c.None != nil} {
		if set {
			count++
		}
	}
	return count
}

// invalid says that a field "must be" something else than it is.
func invalid(field, requirement string) error {
	return fmt.Errorf("%s must be %s", field, requirement)
}
