package checks

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/external-endpoints/operator/api/v1alpha1"
)

// Ports are the checks by port and by server name. Hosts with the same port and server name
// share a Check.
type Ports struct {
	spec  v1alpha1.ExternalServiceSpec
	r     References
	made  map[watchKey]*Check
	wrong []error // by port
}

type watchKey struct {
	port   int
	domain string
}

// ForPorts makes the checks of all ports of a spec, with what they refer to.
func ForPorts(spec v1alpha1.ExternalServiceSpec, r References) Ports {
	w := Ports{spec: spec, r: r, made: map[watchKey]*Check{}, wrong: make([]error, len(spec.Ports))}
	for i := range spec.Ports { // an object without hosts must report a wrong check too
		w.For(i, v1alpha1.Host{Address: netip.IPv4Unspecified().String()})
	}
	return w
}

// For returns the watch of a host on a port.
func (w Ports) For(port int, host v1alpha1.Host) *Check {
	spec := w.spec.HealthCheckFor(w.spec.Ports[port])
	key := watchKey{port: port}
	if asksByName(spec) {
		key.domain = host.Domain()
	}
	if made := w.made[key]; made != nil {
		return made
	}
	made, err := For(spec, host, w.r)
	w.made[key] = made
	if err != nil && w.wrong[port] == nil {
		w.wrong[port] = fmt.Errorf("%s: %w", checkPath(w.spec, port), err)
	}
	return made
}

// Err names the fields of the checks that cannot be run; nil: all can.
func (w Ports) Err() error { return errors.Join(w.wrong...) }

// asksByName reports whether the check sends the host's name.
func asksByName(spec v1alpha1.HealthCheck) bool {
	return spec.HTTP != nil || spec.TLS != nil || spec.GRPC != nil && spec.GRPC.TLS != nil
}

func checkPath(spec v1alpha1.ExternalServiceSpec, port int) string {
	if spec.Ports[port].HealthCheck != nil {
		return fmt.Sprintf("spec.ports[%d].healthCheck", port)
	}
	return "spec.healthCheck"
}
