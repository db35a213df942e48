package examples

import (
	"net/http"

	"github.com/external-endpoints/operator/test/framework/host"
)

// hostNamed finds a host.
type hostNamed = func(name string) *host.Host

// kill ends a host, as a loss of power does.
func kill(name string) func(hostNamed) error {
	return func(h hostNamed) error { return h(name).Kill() }
}

// restart starts it again, and undoes whatever else was done to it.
func restart(name string) func(hostNamed) error {
	return func(h hostNamed) error { return h(name).Recover() }
}

func speaks(protocol host.Protocol, port uint16) host.Port {
	return host.Port{Number: port, Protocol: protocol}
}

// checkedAt is a port for checks alone.
func checkedAt(protocol host.Protocol, port uint16) host.Port {
	return host.Port{Number: port, Protocol: protocol, Check: true}
}

func examples() []example {
	return []example{
		postgresPatroni(), legacyVM(), grpcOtherCluster(), applianceUDP(), headless(), dualStack(), failoverSite(),
		registry(), myService(), myServiceSlice(),
	}
}

// postgresPatroni: the primary dies, and Patroni promotes the other host.
func postgresPatroni() example {
	ports := []host.Port{speaks(host.TCP, 5432), checkedAt(host.HTTP, 8008)}
	return example{
		name: "postgres-patroni", file: "postgres-patroni.yaml",
		machines: []machine{
			{name: "pg-1", ipv4: "203.0.113.10", ports: ports},
			{name: "pg-2", ipv4: "203.0.113.11", ports: ports, statuses: map[string]int{"/primary": http.StatusServiceUnavailable}},
		},
		ways: []way{
			{name: "write", scheme: "tcp", service: "orders-db", port: 5432},
			{name: "read", scheme: "tcp", service: "orders-db-read", port: 5432},
		},
		first: answers{"write": {"pg-1"}, "read": {"pg-1", "pg-2"}},
		acts: []act{
			{"the primary dies", kill("pg-1"), answers{"read": {"pg-2"}}},
			{"the other host is promoted", func(h hostNamed) error {
				return h("pg-2").Answer("/primary", http.StatusOK)
			}, answers{"write": {"pg-2"}}},
			{"the old primary comes back as a replica", func(h hostNamed) error {
				if err := h("pg-1").Recover(); err != nil {
					return err
				}
				return h("pg-1").Answer("/primary", http.StatusServiceUnavailable)
			}, answers{"read": {"pg-1", "pg-2"}, "write": {"pg-2"}}},
		},
	}
}

// legacyVM: the application dies, and its port goes on accepting connections.
func legacyVM() example {
	return example{
		name: "legacy-vm", file: "legacy-vm.yaml",
		machines: []machine{
			{name: "vm-1", ipv4: "203.0.113.60", ports: []host.Port{speaks(host.HTTP, 8080)}},
			{name: "vm-2", ipv4: "203.0.113.61", ports: []host.Port{speaks(host.HTTP, 8081)}},
		},
		ways:  []way{{name: "http", scheme: "http", service: "erp", port: 80}},
		first: answers{"http": {"vm-1", "vm-2"}},
		acts: []act{
			{"the application answers 500", func(h hostNamed) error {
				return h("vm-1").Status(http.StatusInternalServerError)
			}, answers{"http": {"vm-2"}}},
			{"it is restarted", restart("vm-1"), answers{"http": {"vm-1", "vm-2"}}},
		},
	}
}

// grpcOtherCluster: the service behind one node says NOT_SERVING.
func grpcOtherCluster() example {
	ports := []host.Port{speaks(host.GRPC, 30051)}
	return example{
		name: "grpc-other-cluster", file: "grpc-other-cluster.yaml",
		machines: []machine{
			{name: "node-1", ipv4: "198.51.100.31", ports: ports},
			{name: "node-2", ipv4: "198.51.100.32", ports: ports},
		},
		ways:  []way{{name: "grpc", scheme: "grpc", service: "catalog", port: 50051}},
		first: answers{"grpc": {"node-1", "node-2"}},
		acts: []act{
			{"one is not serving", func(h hostNamed) error {
				return h("node-2").Status(http.StatusServiceUnavailable)
			}, answers{"grpc": {"node-1"}}},
			{"it serves again", restart("node-2"), answers{"grpc": {"node-1", "node-2"}}},
		},
	}
}

// applianceUDP: a collector is switched off, which UDP would not tell, and a name
// server does not answer any more.
func applianceUDP() example {
	syslog := []host.Port{speaks(host.UDP, 514), checkedAt(host.TCP, 601)}
	dns := []host.Port{speaks(host.DNS, 53), speaks(host.TCP, 53)}
	return example{
		name: "appliance-udp", file: "appliance-udp.yaml",
		machines: []machine{
			{name: "log-1", ipv4: "192.0.2.14", ports: syslog},
			{name: "log-2", ipv4: "192.0.2.15", ports: syslog},
			{name: "dns-1", ipv4: "192.0.2.53", ports: dns},
			{name: "dns-2", ipv4: "192.0.2.54", ports: dns},
		},
		ways: []way{
			{name: "syslog", scheme: "udp", service: "syslog", port: 514},
			{name: "dns", scheme: "dns", service: "nameserver", port: 53},
			{name: "dns over tcp", scheme: "tcp", service: "nameserver", port: 53},
		},
		first: answers{"syslog": {"log-1", "log-2"}, "dns": {"dns-1", "dns-2"}, "dns over tcp": {"dns-1", "dns-2"}},
		acts: []act{
			{"one of each fails", func(h hostNamed) error {
				if err := h("log-1").BlackHole(); err != nil {
					return err
				}
				return h("dns-2").Status(http.StatusServiceUnavailable) // UDP: silence; TCP goes on
			}, answers{"syslog": {"log-2"}, "dns": {"dns-1"}, "dns over tcp": {"dns-1", "dns-2"}}},
			{"they are back", func(h hostNamed) error {
				if err := h("log-1").Recover(); err != nil {
					return err
				}
				return h("dns-2").Recover()
			}, answers{"syslog": {"log-1", "log-2"}, "dns": {"dns-1", "dns-2"}}},
		},
	}
}

// headless: a broker dies, and its name is gone from that of the Service.
func headless() example {
	ports := []host.Port{speaks(host.TCP, 9092)}
	return example{
		name: "headless", file: "headless.yaml",
		machines: []machine{
			{name: "kafka-0", ipv4: "192.0.2.90", ports: ports},
			{name: "kafka-1", ipv4: "192.0.2.91", ports: ports},
			{name: "kafka-2", ipv4: "192.0.2.92", ports: ports},
		},
		ways: []way{
			{name: "one broker", scheme: "tcp", service: "kafka", port: 9092, dns: "kafka-1"},
			{name: "bootstrap", scheme: "tcp", service: "kafka", port: 9092, dns: ".", some: true},
		},
		first: answers{"one broker": {"kafka-1"}},
		acts: []act{
			{"a broker dies", kill("kafka-0"), answers{"one broker": {"kafka-1"}, "bootstrap": {"kafka-1", "kafka-2"}}},
		},
	}
}

// dualStack: a host dies in both families.
func dualStack() example {
	ports := []host.Port{speaks(host.HTTP, 8080)}
	return example{
		name: "dual-stack", file: "dual-stack.yaml",
		machines: []machine{
			{name: "web-1", ipv4: "203.0.113.80", ipv6: "2001:db8:80::80", ports: ports},
			{name: "web-2", ipv4: "203.0.113.81", ipv6: "2001:db8:80::81", ports: ports},
		},
		ways: []way{
			{name: "IPv4", scheme: "http", service: "web", port: 80},
			{name: "IPv6", scheme: "http", service: "web", port: 80, ipv6: true},
		},
		first: answers{"IPv4": {"web-1", "web-2"}, "IPv6": {"web-1", "web-2"}},
		acts: []act{
			{"a host dies", kill("web-1"), answers{"IPv4": {"web-2"}, "IPv6": {"web-2"}}},
			{"it comes back", restart("web-1"), answers{"IPv4": {"web-1", "web-2"}, "IPv6": {"web-1", "web-2"}}},
		},
	}
}

// failoverSite: the near site is lost host by host, and comes back.
func failoverSite() example {
	ports := []host.Port{speaks(host.HTTP, 8080)}
	return example{
		name: "failover-site", file: "failover-site.yaml",
		machines: []machine{
			{name: "near-1", ipv4: "203.0.113.101", ports: ports},
			{name: "near-2", ipv4: "203.0.113.102", ports: ports},
			{name: "far-1", ipv4: "198.51.100.101", ports: ports},
		},
		ways:  []way{{name: "http", scheme: "http", service: "ledger", port: 80}},
		first: answers{"http": {"near-1", "near-2"}},
		acts: []act{
			{"a near host dies", kill("near-1"), answers{"http": {"near-2"}}},
			{"the near site is lost", kill("near-2"), answers{"http": {"far-1"}}},
			{"the near site is back", func(h hostNamed) error {
				if err := h("near-1").Recover(); err != nil {
					return err
				}
				return h("near-2").Recover()
			}, answers{"http": {"near-1", "near-2"}}},
		},
	}
}

// registry is taken over, and that is all that can be shown with one host.
func registry() example {
	return example{
		name: "registry", before: "registry/before.yaml", file: "registry/after.yaml",
		machines: []machine{{
			name: "registry-1", ipv4: "10.0.0.250", ports: []host.Port{speaks(host.HTTP, 80)},
			statuses: map[string]int{"/v2/": http.StatusUnauthorized},
		}},
		ways:  []way{{name: "http", scheme: "http", service: "registry", port: 80}},
		was:   answers{"http": {"registry-1"}},
		first: answers{"http": {"registry-1"}},
	}
}

// myService is taken over, gets a second host, and then loses the first.
func myService() example {
	ports := []host.Port{speaks(host.HTTP, 9376)}
	return example{
		name: "my-service", before: "my-service/before.yaml", file: "my-service/after.yaml",
		machines: []machine{
			{name: "my-1", ipv4: "192.0.2.45", ports: ports},
			{name: "my-2", ipv4: "192.0.2.46", ports: ports},
		},
		ways:  []way{{name: "http", scheme: "http", service: "my-service", port: 8080}},
		was:   answers{"http": {"my-1"}},
		first: answers{"http": {"my-1", "my-2"}},
		acts: []act{
			{"the old host dies", kill("my-1"), answers{"http": {"my-2"}}},
			{"it comes back", restart("my-1"), answers{"http": {"my-1", "my-2"}}},
		},
	}
}

// myServiceSlice is the same from an EndpointSlice, which is handed over.
func myServiceSlice() example {
	e := myService()
	e.name, e.before = "my-service-slice", "my-service/before-slice.yaml"
	e.handOver = []string{
		"label", "endpointslice", "my-service-1", "--overwrite",
		"endpointslice.kubernetes.io/managed-by=operator.external-endpoints.io",
	}
	e.machines = []machine{
		{name: "your-1", ipv4: "192.0.2.45", ports: e.machines[0].ports},
		{name: "your-2", ipv4: "192.0.2.46", ports: e.machines[1].ports},
	}
	e.was, e.first = answers{"http": {"your-1"}}, answers{"http": {"your-1", "your-2"}}
	e.acts = []act{{"the old host dies", kill("your-1"), answers{"http": {"your-2"}}}}
	return e
}
