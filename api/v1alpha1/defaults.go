package v1alpha1

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

const (
	// DefaultInterval is the schema's default of healthCheck.interval.
	DefaultInterval = 5 * time.Second

	// DefaultTimeout is the timeout of a check whose interval is not shorter.
	DefaultTimeout = time.Second

	// MinInterval is the shortest interval between two checks of a host.
	MinInterval = 100 * time.Millisecond

	// DefaultMinTTL is the schema's default of resolution.minTTL.
	DefaultMinTTL = 5 * time.Second

	// DefaultMaxTTL is the schema's default of resolution.maxTTL.
	DefaultMaxTTL = time.Hour

	// DefaultKeepFor is the schema's default of resolution.keepFor.
	DefaultKeepFor = 24 * time.Hour

	// DefaultMaxAddresses is the schema's default of resolution.maxAddresses.
	DefaultMaxAddresses = 64

	// fastIntervalDivisor makes the default fast interval: at the default
	// thresholds a failing host is out in less than one ordinary interval.
	fastIntervalDivisor = 5
)

// EffectiveInterval returns the time from one check to the next.
func (h HealthCheck) EffectiveInterval() time.Duration {
	return h.Interval.or(DefaultInterval)
}

// EffectiveTimeout returns the time that a whole check may take.
func (h HealthCheck) EffectiveTimeout() time.Duration {
	return h.Timeout.or(min(DefaultTimeout, h.EffectiveInterval()))
}

// EffectiveFastInterval returns the interval while a host is between states.
func (h HealthCheck) EffectiveFastInterval() time.Duration {
	interval := h.EffectiveInterval()

	return h.FastInterval.or(min(interval, max(MinInterval, interval/fastIntervalDivisor)))
}

// HealthCheckFor returns the check that is in effect for a port: its own, else
// that of the spec. When neither says how, a TCP port is checked as with tcp.
func (s ExternalServiceSpec) HealthCheckFor(port Port) HealthCheck {
	check := s.HealthCheck
	if port.HealthCheck != nil {
		check = *port.HealthCheck
	}

	if check.Kind() == CheckUnset && port.EffectiveProtocol() == corev1.ProtocolTCP {
		check.TCP = &TCPCheck{}
	}

	return check
}

// EffectiveProtocol returns the protocol of the port.
func (p Port) EffectiveProtocol() corev1.Protocol {
	if p.Protocol == "" {
		return corev1.ProtocolTCP
	}

	return p.Protocol
}

// EffectiveTargetPort returns the port on which hosts listen that say nothing
// else.
func (p Port) EffectiveTargetPort() int32 {
	if p.TargetPort == 0 {
		return p.Port
	}

	return p.TargetPort
}

// TargetPort returns the port on which this host serves a port of the Service.
func (h Host) TargetPort(port Port) int32 {
	for _, own := range h.Ports {
		if own.Name == port.Name {
			return own.TargetPort
		}
	}

	return port.EffectiveTargetPort()
}

// EffectiveServiceName returns the name of the Service.
func (e *ExternalService) EffectiveServiceName() string {
	if e.Spec.Service.Name == "" {
		return e.Name
	}

	return e.Spec.Service.Name
}

// EffectiveType returns the type of a managed Service.
func (s ServiceSpec) EffectiveType() corev1.ServiceType {
	if s.Type == "" {
		return corev1.ServiceTypeClusterIP
	}

	return s.Type
}

// EffectiveSessionAffinity returns the session affinity of a managed Service.
func (s ServiceSpec) EffectiveSessionAffinity() corev1.ServiceAffinity {
	if s.SessionAffinity == "" {
		return corev1.ServiceAffinityNone
	}

	return s.SessionAffinity
}

// WritesEndpoints says whether the v1 Endpoints object is written.
func (p Publish) WritesEndpoints() bool {
	return p.Endpoints == nil || *p.Endpoints
}

// EffectiveMinHealthy returns how many of the active hosts of one tier must be
// healthy.
func (p FailurePolicy) EffectiveMinHealthy(active int) int {
	if p.MinHealthy == nil {
		return 1
	}
	need, err := intstr.GetScaledValueFromIntOrPercent(p.MinHealthy, active, true)
	if err != nil {
		return 1 // refused by the API server
	}

	return max(1, need)
}

// EffectiveAction returns what happens below minHealthy.
func (p FailurePolicy) EffectiveAction() FailureAction {
	if p.Action == "" {
		return ActionKeepLast
	}

	return p.Action
}

// Observes says whether nothing but the status is to be written.
func (s ExternalServiceSpec) Observes() bool { return s.Mode == ModeObserve }

// EffectiveMinTTL returns the shortest time between two lookups of a name.
func (r Resolution) EffectiveMinTTL() time.Duration { return r.MinTTL.or(DefaultMinTTL) }

// EffectiveMaxTTL returns the longest time between two lookups of a name.
func (r Resolution) EffectiveMaxTTL() time.Duration { return r.MaxTTL.or(DefaultMaxTTL) }

// EffectiveKeepFor returns how long an answer outlives a failing name once the
// checks of its addresses fail too; 0 is not at all.
func (r Resolution) EffectiveKeepFor() time.Duration { return r.KeepFor.or(DefaultKeepFor) }

// EffectiveMaxAddresses returns the most addresses that one name may give.
func (r Resolution) EffectiveMaxAddresses() int {
	if r.MaxAddresses == 0 {
		return DefaultMaxAddresses
	}

	return int(r.MaxAddresses)
}

// EffectiveFamilies returns the IP families to look up, given those of the Service; the caller must
// not change the result.
func (r Resolution) EffectiveFamilies(service []corev1.IPFamily) []corev1.IPFamily {
	if len(r.Families) == 0 {
		return service
	}

	return r.Families
}
