package api_test

import "testing"

func refusePorts(t *testing.T, api *server) {
	const label = "must be a DNS label"

	api.refuse(t, []refusal{
		{name: "no ports", path: "spec.ports", value: absent, says: "Required value"},
		{name: "an empty list of ports", path: "spec.ports", value: "[]", says: "should have at least 1 items"},
		{name: "17 ports", path: "spec.ports", value: portList(17, "port"), says: "must have at most 16 items"},
		{name: "the same port name twice", path: "spec.ports[1].name", value: "pg", field: "spec.ports[1]", says: "Duplicate value"},
		{name: "the same port twice", path: "spec.ports[1].port", value: "5432", field: "spec.ports", says: "ports must not have the same port and protocol twice"},
		{name: "a port without a name", path: "spec.ports[1].name", value: absent, says: "Required value"},
		{name: "an empty port name", path: "spec.ports[1].name", value: `""`, says: "should be at least 1 chars long"},
		{name: "a port name in upper case", path: "spec.ports[1].name", value: "Stats", says: label},
		{name: "a port name with a dot", path: "spec.ports[1].name", value: "stats.tcp", says: label},
		{name: "a port name that ends in a dash", path: "spec.ports[1].name", value: "stats-", says: label},
		{name: "a port name with a line break", path: "spec.ports[1].name", value: `"stats\n"`, says: label},
		{name: "a port name of 64 characters", path: "spec.ports[1].name", value: letters(64), says: "may not be more than 63"},
		{name: "a port without a number", path: "spec.ports[1].port", value: absent, says: "Required value"},
		{name: "port 0", path: "spec.ports[1].port", value: "0", says: "should be greater than or equal to 1"},
		{name: "a negative port", path: "spec.ports[1].port", value: "-1", says: "should be greater than or equal to 1"},
		{name: "port 65536", path: "spec.ports[1].port", value: "65536", says: "should be less than or equal to 65535"},
		{name: "a port by name", path: "spec.ports[1].port", value: "http", says: "must be of type integer"},
		{name: "target port 0", path: "spec.ports[1].targetPort", value: "0", says: "should be greater than or equal to 1"},
		{name: "target port 65536", path: "spec.ports[1].targetPort", value: "65536", says: "should be less than or equal to 65535"},
		{name: "an unknown protocol", path: "spec.ports[1].protocol", value: "QUIC", says: "Unsupported value"},
		{name: "a protocol in lower case", path: "spec.ports[1].protocol", value: "tcp", says: "Unsupported value"},
		{name: "an application protocol with a space", path: "spec.ports[1].appProtocol", value: "http 2", says: "must be an IANA service name"},
		{name: "an application protocol with two slashes", path: "spec.ports[1].appProtocol", value: "a.b/c/d", says: "must be an IANA service name"},
	})
}

// refuseMismatchedProtocols: a check that would ask another protocol than the
// one that carries the traffic, unless its port is named.
func refuseMismatchedProtocols(t *testing.T, api *server) {
	const (
		oneOf   = "healthCheck must set one of tcp, http, grpc, tls, udp and none"
		specOne = "ports of protocol UDP or SCTP must have a healthCheck"
		port    = "healthCheck must set port when the check and the port differ in protocol"
		specSet = "healthCheck must set port, or ports their own healthCheck, when the check and a port differ in protocol"
	)

	api.refuse(t, []refusal{
		{name: "a UDP port without a check", path: "spec.ports[1].protocol", value: "UDP", field: "spec.ports", says: specOne},
		{name: "an SCTP port without a check", path: "spec.ports[1].protocol", value: "SCTP", field: "spec.ports", says: specOne},
		{name: "a UDP port whose check names no kind", path: "spec.ports", value: `[{name: dns, port: 53, protocol: UDP, healthCheck: {interval: 1s}}]`, field: "spec.ports[0].healthCheck", says: oneOf},
		{name: "an SCTP port whose check names no kind", path: "spec.ports", value: `[{name: s, port: 53, protocol: SCTP, healthCheck: {port: 80}}]`, field: "spec.ports[0].healthCheck", says: oneOf},
		{name: "a tcp check on a UDP port", path: "spec.ports", value: `[{name: dns, port: 53, protocol: UDP, healthCheck: {tcp: {}}}]`, field: "spec.ports[0].healthCheck", says: port},
		{name: "an http check on a UDP port", path: "spec.ports", value: `[{name: dns, port: 53, protocol: UDP, healthCheck: {http: {}}}]`, field: "spec.ports[0].healthCheck", says: port},
		{name: "a tls check on an SCTP port", path: "spec.ports", value: `[{name: s, port: 53, protocol: SCTP, healthCheck: {tls: {}}}]`, field: "spec.ports[0].healthCheck", says: port},
		{name: "a udp check on an SCTP port", path: "spec.ports", value: `[{name: s, port: 53, protocol: SCTP, healthCheck: {udp: {}}}]`, field: "spec.ports[0].healthCheck", says: port},
		{name: "a udp check on a TCP port", path: "spec.ports[0].healthCheck", value: `{udp: {}}`, says: port},
		{name: "a udp check for all on TCP ports", path: "spec.healthCheck", value: `{udp: {}}`, says: specSet},
		{name: "a grpc check for all on a UDP port", path: "spec", value: `{ports: [{name: dns, port: 53, protocol: UDP}], healthCheck: {grpc: {}}}`, field: "spec.healthCheck", says: specSet},
	})
}
