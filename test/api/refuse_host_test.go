package api_test

import "testing"

func refuseHosts(t *testing.T, api *server) {
	api.refuse(t, []refusal{
		{name: "the same host twice", path: "spec.hosts", value: `[{address: 203.0.113.10}, {address: 203.0.113.10}]`, field: "spec.hosts[1]", says: "Duplicate value"},
		{name: "more than 1000 hosts", path: "spec.hosts", value: hostList(1001), says: "must have at most 1000 items"},
		{name: "a host without an address", path: "spec.hosts[0].address", value: absent, says: "Required value"},
		{name: "an unknown state", path: "spec.hosts[0].state", value: "Off", says: "Unsupported value"},
		{name: "a state in lower case", path: "spec.hosts[0].state", value: "drain", says: "Unsupported value"},
		{name: "a zone with a slash", path: "spec.hosts[0].zone", value: "eu/west", says: "must be a label value"},
		{name: "a zone of 64 characters", path: "spec.hosts[0].zone", value: letters(64), says: "may not be more than 63"},
		{name: "a host name with a dot", path: "spec.hosts[0].hostname", value: "db-0.example", says: "must be a DNS label"},
		{name: "a host name in upper case", path: "spec.hosts[0].hostname", value: "DB-0", says: "must be a DNS label"},
		{name: "a host name with an underscore", path: "spec.hosts[0].hostname", value: "db_0", says: "must be a DNS label"},
		{name: "a host name of 64 characters", path: "spec.hosts[0].hostname", value: letters(64), says: "may not be more than 63"},
		{name: "an empty host name", path: "spec.hosts[0].hostname", value: `""`, says: "must be a DNS label"},
		{name: "a host port that no port has", path: "spec.hosts[1].ports", value: `[{name: mysql, targetPort: 3306}]`, field: "spec.hosts", says: "hosts[].ports[].name must be the name of a port in spec.ports"},
		{name: "one of two host ports that no port has", path: "spec.hosts[1].ports", value: `[{name: pg, targetPort: 5433}, {name: mysql, targetPort: 3306}]`, field: "spec.hosts", says: "hosts[].ports[].name must be"},
		{name: "the same host port twice", path: "spec.hosts[1].ports", value: `[{name: pg, targetPort: 1}, {name: pg, targetPort: 2}]`, field: "spec.hosts[1].ports[1]", says: "Duplicate value"},
		{name: "a host port without a name", path: "spec.hosts[1].ports", value: `[{targetPort: 5433}]`, field: "spec.hosts[1].ports[0].name", says: "Required value"},
		{name: "a host port without a target port", path: "spec.hosts[1].ports", value: `[{name: pg}]`, field: "spec.hosts[1].ports[0].targetPort", says: "Required value"},
		{name: "target port 0 of a host", path: "spec.hosts[1].ports", value: `[{name: pg, targetPort: 0}]`, field: "spec.hosts[1].ports[0].targetPort", says: "should be greater than or equal to 1"},
		{name: "target port 65536 of a host", path: "spec.hosts[1].ports", value: `[{name: pg, targetPort: 65536}]`, field: "spec.hosts[1].ports[0].targetPort", says: "should be less than or equal to 65535"},
		{name: "17 host ports", path: "spec.hosts[1].ports", value: portList(17, "targetPort"), says: "must have at most 16 items"},
	})
}
