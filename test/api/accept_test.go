package api_test

import (
	"fmt"
	"testing"
)

// accept: what the contract promises, each thing once.
func accept(t *testing.T, api *server) {
	const (
		check   = "spec.healthCheck"
		http    = "spec.healthCheck.http"
		service = "spec.service"
	)

	for _, test := range []struct{ name, path, value string }{
		{"no hosts", "spec.hosts", absent},
		{"an empty list of hosts", "spec.hosts", "[]"},
		{"1000 hosts", "spec.hosts", hostList(1000)},
		{"16 ports", "spec", "{ports: " + portList(16, "port") + "}"},
		{"the same port in TCP and UDP", "spec.ports", `[{name: a, port: 53}, {name: b, port: 53, protocol: UDP, healthCheck: {none: {}}}]`},
		{"two ports with one target port", "spec.ports", `[{name: a, port: 80, targetPort: 8080}, {name: b, port: 81, targetPort: 8080}]`},
		{"a port name of one letter", "spec", "{ports: [{name: p, port: 1}]}"},
		{"a plain application protocol", "spec.ports[0].appProtocol", "https"},
		{"a prefixed application protocol", "spec.ports[0].appProtocol", "kubernetes.io/h2c"},
		{"an empty application protocol", "spec.ports[0].appProtocol", `""`},
		{"a host that is drained", "spec.hosts[0].state", "Drain"},
		{"a host that is disabled", "spec.hosts[0].state", "Disabled"},
		{"a host with a zone", "spec.hosts[0].zone", "eu-west-1a"},
		{"a host with a name", "spec.hosts[0].hostname", "db-0"},
		{"a host with its own ports", "spec.hosts[0].ports", `[{name: pg, targetPort: 1}, {name: stats, targetPort: 65535}]`},

		{"a tcp check", check, `{tcp: {}}`},
		{"a tcp check with text", check, `{tcp: {send: "PING\r\n", expect: "+PONG"}}`},
		{"a tcp check with bytes", check, `{tcp: {send: "base64:AAE=", expect: "base64:"}}`},
		{"an http check", check, `{http: {}}`},
		{"a grpc check", check, `{grpc: {}}`},
		{"a grpc check of a service", check, `{grpc: {service: shop.v1.Orders}}`},
		{"a grpc check over TLS", check, `{grpc: {tls: {}}}`},
		{"a tls check", check, `{tls: {}}`},
		{"a tls check of a long life", check, `{tls: {serverName: db.example.com, caBundle: "-----BEGIN CERTIFICATE-----", minimumValidity: 8760h}}`},
		{"a tls check of an address", check, `{tls: {serverName: "2001:db8::10"}}`},
		{"no check", check, `{none: {}}`},
		{"a udp check on a UDP port", "spec.ports", `[{name: a, port: 53, protocol: UDP, healthCheck: {udp: {send: ping, expect: pong}}}]`},
		{"an empty udp check", "spec.ports", `[{name: a, port: 53, protocol: UDP, healthCheck: {udp: {}}}]`},
		{"a tcp check on another port of a UDP service", "spec.ports", `[{name: a, port: 53, protocol: UDP, healthCheck: {port: 8080, tcp: {}}}]`},
		{"a udp check on another port of a TCP service", "spec.ports[0].healthCheck", `{port: 53, udp: {}}`},
		{"an SCTP port without a check", "spec.ports", `[{name: a, port: 53, protocol: SCTP, healthCheck: {none: {}}}]`},
		{"an SCTP port with a check on another port", "spec.ports", `[{name: a, port: 53, protocol: SCTP, healthCheck: {port: 80, http: {}}}]`},
		{"a UDP port that the check of the spec fits", "spec", `{ports: [{name: a, port: 53, protocol: UDP}], healthCheck: {udp: {}}}`},
		{"a port with a check of its own and no kind", "spec.ports[0].healthCheck", `{interval: 1s}`},

		{"the shortest interval", check, `{interval: 100ms, timeout: 100ms, fastInterval: 100ms}`},
		{"the longest interval", check, `{interval: 1h, timeout: 59m60s, fastInterval: 3600s}`},
		{"the shortest timeout", check + ".timeout", "10ms"},
		{"the lowest thresholds", check, `{unhealthyThreshold: 1, healthyThreshold: 1}`},
		{"the highest thresholds", check, `{unhealthyThreshold: 10, healthyThreshold: 10}`},
		{"a check on another port", check, `{port: 8008}`},
		{"hosts that are healthy at first", check, `{initialState: Healthy}`},

		{"a path with a query", http + ".path", "/healthz?full=1&x=%20"},
		{"a Host header", http + ".host", "db.example.com"},
		{"a Host header with a port", http + ".host", `"db.example.com:8080"`},
		{"a Host header that is an address", http + ".host", "203.0.113.10"},
		{"a Host header that is an address with a port", http + ".host", `"203.0.113.10:65535"`},
		{"a Host header that is an IPv6 address", http + ".host", `"2001:db8::1:8080"`},
		{"a Host header that is an IPv6 address with a port", http + ".host", `"[2001:db8::1]:1"`},
		{"a grpc check with an authority", check, `{grpc: {authority: "api.example.com:50051"}}`},
		{"no authority of gRPC", check, `{grpc: {authority: ""}}`},
		{"the methods beside GET", http, "{method: OPTIONS}"},
		{"headers", http + ".headers", `[{name: X-Probe, value: "1"}, {name: "x_!#$%&'*+.^|~", value: "a\tb, c"}, {name: Empty}]`},
		{"16 headers", http + ".headers", headerList(16)},
		{"statuses", http + ".expectedStatuses", `["100-599", "200", "301-302"]`},
		{"16 statuses", http + ".expectedStatuses", statusList(16)},
		{"a text in the body", http + ".expectedBody", `{contains: "\"ok\": true\n"}`},
		{"a regular expression for the body", http + ".expectedBody", `{matches: "^(?i:ok)\\s*$"}`},
		{"a regular expression of 256 characters", http + ".expectedBody.matches", letters(256)},
		{"an address as a regular expression", http + ".expectedBody", `{matches: "^([0-9]{1,3}\\.){3}[0-9]{1,3}$"}`},
		{"a regular expression with counts", http + ".expectedBody", `{matches: "(?i)[0-9a-f]{8}-[!-~]{12} .{0,99}(up|gr\u00fcn)+"}`},
		{"a regular expression with a wide range", http + ".expectedBody", `{matches: "[\u00c0-\u024f]+"}`},
		{"HTTPS", http, `{scheme: HTTPS}`},
		{"HTTPS without verification", http, `{scheme: HTTPS, tls: {insecureSkipVerify: true, serverName: db.example.com}}`},
		{"empty strings as in no value", http, `{scheme: HTTPS, host: "", tls: {serverName: "", caBundle: "", insecureSkipVerify: false}}`},

		{"no service", service, absent},
		{"an Existing Service", service, `{management: Existing}`},
		{"an Existing Service by name", service, `{name: orders, management: Existing}`},
		{"a NodePort", service, `{type: NodePort, sessionAffinity: ClientIP}`},
		{"a LoadBalancer", service, `{type: LoadBalancer, headless: false}`},
		{"a headless Service", service, `{type: ClusterIP, headless: true}`},
		{"labels and annotations", service, `{labels: {team: orders, example.com/tier: ""}, annotations: {Example.com/Owner: "any text\n"}}`},
		{"32 labels", service + ".labels", entries(32)},
		{"32 annotations", service + ".annotations", entries(32)},
		{"both families", service, `{ipFamilyPolicy: RequireDualStack, ipFamilies: [IPv6, IPv4]}`},
		{"both families without a policy", service, `{ipFamilies: [IPv4, IPv6]}`},
		{"one family", service, `{ipFamilyPolicy: SingleStack, ipFamilies: [IPv6]}`},
		{"no Endpoints", "spec.publish", "{endpoints: false, unhealthyHosts: Remove}"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := api.dryCreate(t.Context(), with(t, test.path, test.value)); err != nil {
				t.Error(err)
			}
		})
	}
}

// acceptTheLargest: every list at its bound at once, because the API server
// also bounds what all rules together may cost.
func acceptTheLargest(t *testing.T, api *server) {
	object := with(t, "spec", "{ports: "+list(16, func(i int) string {
		return fmt.Sprintf(`{name: p%d-%s, port: %d, healthCheck: {http: {scheme: HTTPS, path: "/%s", headers: %s, expectedStatuses: %s, tls: {caBundle: "-----BEGIN CERTIFICATE-----%s"}}}}`,
			i, letters(50), 1000+i, letters(1023), headerList(16), statusList(16), letters(8<<10))
	})+"}")

	set(t, object, "spec.hosts", list(1000, func(i int) string {
		return fmt.Sprintf(`{address: "2001:db8:aaaa:bbbb:cccc:dddd:eeee:%x", zone: %s, hostname: %s, ports: %s}`,
			0x1000+i, letters(63), letters(63), list(16, func(j int) string {
				return fmt.Sprintf(`{name: p%d-%s, targetPort: 1}`, j, letters(50))
			}))
	}))

	if err := api.dryCreate(t.Context(), object); err != nil {
		t.Error(err)
	}
}

// acceptTheLargestNames: names are longer than addresses, and rules about all
// hosts at once look at every one.
func acceptTheLargestNames(t *testing.T, api *server) {
	for _, test := range []struct{ name, prefix string }{
		{"DNS names", ""},
		{"SRV names", "_" + letters(62) + "._tcp."},
	} {
		t.Run(test.name, func(t *testing.T) {
			object := with(t, "spec", `{ports: [{name: web, port: 443}], healthCheck: {http: {scheme: HTTPS, headers: `+list(16, func(i int) string {
				return fmt.Sprintf(`{name: X-%d, valueFrom: {secretKeyRef: {name: %s, key: %s}}}`, i, letters(253), letters(253))
			})+`}}}`)
			set(t, object, "spec.hosts", list(1000, func(i int) string {
				name := test.prefix + fmt.Sprintf("%x.", 0x1000+i)

				return fmt.Sprintf(`{address: %s%s, zone: %s, hostname: %s}`, name, longName(253-len(name)), letters(63), letters(63))
			}))

			if err := api.dryCreate(t.Context(), object); err != nil {
				t.Error(err)
			}
		})
	}
}
