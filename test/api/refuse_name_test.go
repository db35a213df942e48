package api_test

import (
	"strings"
	"testing"
)

// refuseNames: names that are no absolute DNS names outside the cluster, and
// those by which an address could get past the rules for addresses.
func refuseNames(t *testing.T, api *server) {
	const (
		form     = "must be a canonical IPv4 or IPv6 address, a lower-case DNS name such as db.example.com, or an SRV name"
		dot      = "must not end in a dot"
		absolute = "must be an absolute name of at least two labels"
		number   = "must be a canonical IPv4 address, or a name whose last label is no number"
		inside   = "must not be a name inside the cluster or of the machine itself"
	)

	cases := []struct{ name, address, says string }{
		{"upper case", "DB.example.com", form},
		{"one letter in upper case", "db.example.coM", form},
		{"letters beyond ASCII", "größe.example.com", form},
		{"a space", "db example.com", form},
		{"a line break at the end", `db.example.com\n`, form},
		{"a port", "db.example.com:5432", form},
		{"a URL", "https://db.example.com", form},
		{"a wildcard", "*.example.com", form},
		{"an empty label", "db..example.com", form},
		{"a dot in front", ".example.com", form},
		{"a label that begins with a dash", "-db.example.com", form},
		{"a label that ends in a dash", "db-.example.com", form},
		{"a label of 64 characters", letters(64) + ".example.com", form},
		{"a name of 254 characters", longName(254), "may not be more than 253"},

		{"a dot at the end", "db.example.com.", dot},
		{"a dot after an address", "203.0.113.10.", dot},
		{"nothing but a dot", ".", dot},

		{"a single label", "db", absolute},
		{"a single label with digits", "db1", absolute},
		{"a single label behind an SRV name", "_pg._tcp.internal", absolute},

		{"leading zeros", "203.0.113.010", number},
		{"three numbers", "1.2.3", number},
		{"two numbers", "127.1", number},
		{"one number", "3405803786", number},
		{"five numbers", "203.0.113.10.1", number},
		{"a number over 255", "203.0.113.256", number},
		{"a hexadecimal number", "0xcb007101", number},
		{"a hexadecimal number first", "0x7f.1", number},
		{"a hexadecimal number last", "127.0.0.0x1", number},
		{"a hexadecimal number without digits", "127.0x", number},
		{"a name that ends in a number", "db.example.1", number},
		{"an SRV name that ends in a number", "_pg._tcp.127.1", number},

		{"localhost", "localhost", inside},
		{"a name below localhost", "db.localhost", inside},
		{"a Service", "db.shop.svc", inside},
		{"a Service with the cluster's domain", "db.shop.svc.cluster.local", inside},
		{"a Pod", "10-0-0-1.shop.pod.cluster.local", inside},
		{"the cluster's domain", "cluster.local", inside},
		{"an SRV name of a Service", "_pg._tcp.db.shop.svc.cluster.local", inside},
		{"an SRV name below localhost", "_pg._tcp.db.localhost", inside},

		{"an underscore in a name", "my_db.example.com", form},
		{"an underscore in front of a name", "_db.example.com", form},
		{"an SRV name without a domain", "_pg._tcp", form},
		{"an SRV name with an empty service", "_._tcp.example.com", form},
		{"an SRV name without a protocol", "_pg.db.example.com", form},
		{"an SRV name with an unknown protocol", "_pg._tls.example.com", form},
		{"an SRV name in upper case", "_pg._TCP.example.com", form},
		{"an SRV name with the protocol first", "_tcp._pg.example.com", form},
		{"a service without an underscore", "pg._tcp.example.com", form},
		{"a protocol without an underscore", "_pg.tcp.example.com", form},
		{"an underscore behind an SRV name", "_pg._tcp.my_db.example.com", form},
		{"an SRV name in an SRV name", "_pg._tcp._pg._tcp.example.com", form},
		{"a service of 64 characters", "_" + letters(63) + "._tcp.example.com", form},
		{"a service that ends in a dash", "_pg-._tcp.example.com", form},
		{"an SRV name with a dot at the end", "_pg._tcp.example.com.", dot},
	}

	refusals := make([]refusal, 0, len(cases))
	for _, bad := range cases {
		refusals = append(refusals, refusal{
			name: bad.name, path: "spec", value: onePort("TCP", bad.address), field: "spec.hosts[0].address", says: bad.says,
		})
	}

	api.refuse(t, refusals)
}

// refuseSRV: an SRV record says one port, of one protocol.
func refuseSRV(t *testing.T, api *server) {
	const (
		onePortOnly = "ports must have exactly one port when hosts[].address is an SRV name"
		protocol    = "hosts[].address must be an SRV name of the protocol of the port"
		hostPorts   = "ports must not be set beside an SRV name"
	)

	api.refuse(t, []refusal{
		{name: "an SRV name for two ports", path: "spec.hosts[1].address", value: "_pg._tcp.example.com", field: "spec.ports", says: onePortOnly},
		{name: "an SRV name over UDP for a TCP port", path: "spec", value: onePort("TCP", "_pg._udp.example.com"), field: "spec.hosts", says: protocol},
		{name: "an SRV name over TCP for a UDP port", path: "spec", value: onePort("UDP", "_dns._tcp.example.com"), field: "spec.hosts", says: protocol},
		{name: "an SRV name over TCP for an SCTP port", path: "spec", value: onePort("SCTP", "_m3ua._tcp.example.com"), field: "spec.hosts", says: protocol},
		{name: "one of two SRV names over another protocol", path: "spec", value: onePort("TCP", "_pg._tcp.example.com", "_pg._sctp.example.com"), field: "spec.hosts", says: protocol},
		{name: "a service that is called like another protocol", path: "spec", value: onePort("TCP", "_tcp._udp.example.com"), field: "spec.hosts", says: protocol},
		{
			name: "an SRV name with ports of its own", path: "spec",
			value: `{ports: [{name: pg, port: 5432}], hosts: [{address: _pg._tcp.example.com, ports: [{name: pg, targetPort: 5433}]}]}`,
			field: "spec.hosts[0].ports", says: hostPorts,
		},
		{name: "the same name twice", path: "spec", value: onePort("TCP", "db.example.com", "db.example.com"), field: "spec.hosts[1]", says: "Duplicate value"},
	})
}

func acceptNames(t *testing.T, api *server) {
	for _, test := range []struct{ name, spec string }{
		{"a name beside addresses", onePort("TCP", "203.0.113.10", "db.example.com", "2001:db8::10")},
		{"a name of two labels", onePort("TCP", "example.com")},
		{"labels of digits that are not the last", onePort("TCP", "10.0.0.1.example.com")},
		{"a last label that only begins with a digit", onePort("TCP", "db.1a")},
		{"a label that begins like a hexadecimal number", onePort("TCP", "db.0xg")},
		{"a name in punycode", onePort("TCP", "xn--gre-ema8w.example.com")},
		{"a label of 63 characters", onePort("TCP", letters(63)+".example.com")},
		{"a name of 253 characters", onePort("TCP", longName(253))},
		{"a name with svc in front", onePort("TCP", "svc.example.com")},
		{"a name that only ends like svc", onePort("TCP", "db.mysvc")},
		{"a name with localhost in front", onePort("TCP", "localhost.example.com")},
		{"a name with the cluster's domain in front", onePort("TCP", "cluster.local.example.com")},
		{"another local domain", onePort("TCP", "db.local")},
		{"a name with ports of its own", `{ports: [{name: pg, port: 5432}], hosts: [{address: db.example.com, ports: [{name: pg, targetPort: 5433}]}]}`},
		{"an SRV name over TCP", onePort("TCP", "_pg._tcp.example.com")},
		{"an SRV name over UDP", onePort("UDP", "_dns._udp.example.com")},
		{"an SRV name over SCTP", onePort("SCTP", "_m3ua._sctp.example.com")},
		{"an SRV name with a service as long as it gets", onePort("TCP", "_"+letters(62)+"._tcp.example.com")},
		{"an SRV name beside an address and a name", onePort("TCP", "_pg._tcp.example.com", "203.0.113.10", "db.example.com")},
		{"an SRV name that a port of the spec would not fit", `{ports: [{name: pg, port: 5432, targetPort: 6432}], hosts: [{address: _pg._tcp.example.com}]}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := api.dryCreate(t.Context(), with(t, "spec", test.spec)); err != nil {
				t.Error(err)
			}
		})
	}
}

// onePort writes a spec with one port and these hosts, which no check asks.
func onePort(protocol string, addresses ...string) string {
	return `{ports: [{name: p, port: 5432, protocol: ` + protocol + `}], healthCheck: {none: {}}, hosts: ` +
		list(len(addresses), func(i int) string { return `{address: "` + addresses[i] + `"}` }) + `}`
}

// longName returns a DNS name of so many characters, at least 66.
func longName(size int) string {
	const label = 50

	var name strings.Builder
	for name.Len() < size-label-1 {
		name.WriteString(letters(label) + ".")
	}

	return name.String() + letters(size-name.Len())
}
