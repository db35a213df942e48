package api_test

import "testing"

func refuseHealthChecks(t *testing.T, api *server) {
	const (
		check   = "spec.healthCheck"
		oneKind = "must set at most one of tcp, http, grpc, tls, udp and none"
		form    = "should match"
	)

	api.refuse(t, []refusal{
		{name: "two kinds of check", path: check, value: `{tcp: {}, http: {}}`, says: oneKind},
		{name: "all kinds of check", path: check, value: `{tcp: {}, http: {}, grpc: {}, tls: {}, udp: {}, none: {}}`, says: oneKind},
		{name: "none beside a check", path: check, value: `{tls: {}, none: {}}`, says: oneKind},
		{name: "two kinds of check of a port", path: "spec.ports[0].healthCheck", value: `{tcp: {}, grpc: {}}`, says: oneKind},

		{name: "an interval under 100ms", path: check + ".interval", value: "99ms", says: "must be between 100ms and 1h"},
		{name: "an interval of zero", path: check + ".interval", value: "0s", says: "must be between 100ms and 1h"},
		{name: "an interval over 1h", path: check + ".interval", value: "1h1ms", says: "must be between 100ms and 1h"},
		{name: "an interval without a unit", path: check + ".interval", value: `"5"`, says: form},
		{name: "an interval that is a number", path: check + ".interval", value: "5", says: "must be of type string"},
		{name: "an interval with a fraction", path: check + ".interval", value: "1.5s", says: form},
		{name: "an interval with a sign", path: check + ".interval", value: "-5s", says: form},
		{name: "an interval in microseconds", path: check + ".interval", value: "500000us", says: form},
		{name: "an empty interval", path: check + ".interval", value: `""`, says: form},
		{name: "an interval with a line break", path: check + ".interval", value: `"5s\n"`, says: form},
		{name: "an interval of a port out of bounds", path: "spec.ports[0].healthCheck", value: `{interval: 10ms}`, field: "spec.ports[0].healthCheck.interval", says: "must be between 100ms and 1h"},

		{name: "a timeout over the interval", path: check, value: `{interval: 1s, timeout: 1001ms}`, field: "spec.healthCheck.timeout", says: "timeout must not be longer than interval"},
		{name: "a timeout over the default interval", path: check, value: `{timeout: 6s}`, field: "spec.healthCheck.timeout", says: "timeout must not be longer than interval"},
		{name: "a timeout of a port over its interval", path: "spec.ports[0].healthCheck", value: `{interval: 1s, timeout: 2s}`, field: "spec.ports[0].healthCheck.timeout", says: "timeout must not be longer than interval"},
		{name: "a timeout under 10ms", path: check + ".timeout", value: "9ms", says: "must be at least 10ms"},
		{name: "a timeout of another form", path: check + ".timeout", value: "fast", says: form},
		{name: "a fast interval over the interval", path: check + ".fastInterval", value: "5001ms", says: "fastInterval must not be longer than interval"},
		{name: "a fast interval of another form", path: check + ".fastInterval", value: "1 s", says: form},
		{name: "a fast interval under 100ms", path: check + ".fastInterval", value: "99ms", says: "must be at least 100ms"},

		{name: "unhealthy after 0 failures", path: check + ".unhealthyThreshold", value: "0", says: "should be greater than or equal to 1"},
		{name: "unhealthy after 11 failures", path: check + ".unhealthyThreshold", value: "11", says: "should be less than or equal to 10"},
		{name: "healthy after 0 successes", path: check + ".healthyThreshold", value: "0", says: "should be greater than or equal to 1"},
		{name: "healthy after 11 successes", path: check + ".healthyThreshold", value: "11", says: "should be less than or equal to 10"},
		{name: "port 0", path: check + ".port", value: "0", says: "should be greater than or equal to 1"},
		{name: "port 65536", path: check + ".port", value: "65536", says: "should be less than or equal to 65535"},
		{name: "an unknown initial state", path: check + ".initialState", value: "Unknown", says: "Unsupported value"},
		{name: "a check that is no object", path: check + ".tcp", value: "true", says: "must be of type object"},
	})
}
