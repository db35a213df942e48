package api_test

import "testing"

func refuseTLS(t *testing.T, api *server) {
	const (
		check = "spec.healthCheck"
		name  = "must be a lower-case DNS name or an IP address"
		pem   = "must hold certificates in PEM"
		both  = "caBundle must not be set with insecureSkipVerify"
	)

	api.refuse(t, []refusal{
		{name: "a server name in upper case", path: check + ".tls.serverName", value: "DB.example.com", says: name},
		{name: "a wildcard server name", path: check + ".tls.serverName", value: `"*.example.com"`, says: name},
		{name: "a server name with a line break", path: check + ".tls.serverName", value: `"db.example.com\n"`, says: name},
		{name: "a server name that ends in a dot", path: check + ".tls.serverName", value: "db.example.com.", says: name},
		{name: "a server name in upper case of a grpc check", path: check, value: `{grpc: {tls: {serverName: DB}}}`, field: check + ".grpc.tls.serverName", says: name},
		{name: "a server name in upper case of an http check", path: check, value: `{http: {scheme: HTTPS, tls: {serverName: DB}}}`, field: check + ".http.tls.serverName", says: name},
		{name: "a CA bundle without a certificate", path: check + ".tls.caBundle", value: "/etc/ssl/ca.pem", says: pem},
		{name: "a CA bundle of a port without a certificate", path: "spec.ports[0].healthCheck", value: `{grpc: {tls: {caBundle: none}}}`, field: "spec.ports[0].healthCheck.grpc.tls.caBundle", says: pem},
		{name: "a CA bundle with a private key", path: check + ".tls.caBundle", value: `"-----BEGIN CERTIFICATE-----\n-----BEGIN EC PRIVATE KEY-----"`, says: "must hold no private key"},
		{name: "a CA bundle over 64 KiB", path: check + ".tls.caBundle", value: `"-----BEGIN CERTIFICATE-----` + letters(65536) + `"`, says: "may not be more than 65536"},
		{name: "a CA bundle that is not looked at", path: check, value: `{grpc: {tls: {insecureSkipVerify: true, caBundle: "-----BEGIN CERTIFICATE-----"}}}`, field: check + ".grpc.tls.caBundle", says: both},
		{name: "a CA bundle that an http check does not look at", path: check, value: `{http: {scheme: HTTPS, tls: {insecureSkipVerify: true, caBundle: "-----BEGIN CERTIFICATE-----"}}}`, field: check + ".http.tls.caBundle", says: both},
		{name: "a minimum validity over a year", path: check + ".tls.minimumValidity", value: "8761h", says: "must be at most 8760h"},
		{name: "a minimum validity in days", path: check + ".tls.minimumValidity", value: "7d", says: "should match"},
	})
}

func refusePayloads(t *testing.T, api *server) {
	const (
		check  = "spec.healthCheck"
		base64 = "must be text, or base64: and standard base64 with padding"
		udp    = `[{name: dns, port: 53, protocol: UDP, healthCheck: {udp: `
	)

	api.refuse(t, []refusal{
		{name: "bad base64 to send", path: check + ".tcp.send", value: `"base64:!!!!"`, says: base64},
		{name: "base64 without padding", path: check + ".tcp.send", value: `"base64:AA"`, says: base64},
		{name: "base64 with too much padding", path: check + ".tcp.send", value: `"base64:AA==="`, says: base64},
		{name: "base64 of URLs", path: check + ".tcp.expect", value: `"base64:__-_"`, says: base64},
		{name: "base64 with a line break", path: check + ".tcp.expect", value: `"base64:AAAA\n"`, says: base64},
		{name: "1025 characters to send", path: check + ".tcp.send", value: letters(1025), says: "may not be more than 1024"},
		{name: "1025 characters to expect", path: check + ".tcp.expect", value: letters(1025), says: "may not be more than 1024"},
		{name: "bad base64 in a datagram", path: "spec.ports", value: udp + `{send: "base64:A"}}}]`, field: "spec.ports[0].healthCheck.udp.send", says: base64},
		{name: "bad base64 expected of a datagram", path: "spec.ports", value: udp + `{expect: "base64:A"}}}]`, field: "spec.ports[0].healthCheck.udp.expect", says: base64},

		{name: "a gRPC service with a space", path: check + ".grpc.service", value: "orders v1", says: "must hold printable ASCII only"},
		{name: "a gRPC service with a line break", path: check + ".grpc.service", value: `"orders\n"`, says: "must hold printable ASCII only"},
		{name: "a gRPC service of 256 characters", path: check + ".grpc.service", value: letters(256), says: "may not be more than 255"},
	})
}
