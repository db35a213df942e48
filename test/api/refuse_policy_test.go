package api_test

import "testing"

// refuseFailurePolicies: when too few hosts are healthy, and what happens then.
func refuseFailurePolicies(t *testing.T, api *server) {
	const (
		need  = `must be a number from 1 to 1000 or a percentage from "1%" to "100%"`
		count = "spec.failurePolicy.minHealthy"
	)

	api.refuse(t, []refusal{
		{name: "no host", path: count, value: "0", says: need},
		{name: "a negative number of hosts", path: count, value: "-1", says: need},
		{name: "1001 hosts", path: count, value: "1001", says: need},
		{name: "a number that 32 bits cannot hold", path: count, value: "4294967297", says: need},
		{name: "0%", path: count, value: "0%", says: need},
		{name: "101%", path: count, value: "101%", says: need},
		{name: "1000%", path: count, value: "1000%", says: need},
		{name: "a negative percentage", path: count, value: `"-1%"`, says: need},
		{name: "a percentage with a leading zero", path: count, value: "05%", says: need},
		{name: "a percentage with a fraction", path: count, value: "12.5%", says: need},
		{name: "a percentage with a space", path: count, value: "50 %", says: need},
		{name: "a percentage with a line break", path: count, value: `"50%\n"`, says: need},
		{name: "a number as text", path: count, value: `"1"`, says: need},
		{name: "a word", path: count, value: "abc", says: need},
		{name: "an empty text", path: count, value: `""`, says: need},
		{name: "a number with a fraction", path: count, value: "1.5", says: "must be of type integer,string"},
		{name: "a list", path: count, value: "[1]", says: "must be of type integer,string"},

		{name: "an unknown action", path: "spec.failurePolicy.action", value: "Panic", says: "Unsupported value"},
		{name: "an action in lower case", path: "spec.failurePolicy.action", value: "keepLast", says: "Unsupported value"},

		{name: "an unknown mode", path: "spec.mode", value: "DryRun", says: "Unsupported value"},
		{name: "an empty mode", path: "spec.mode", value: `""`, says: "Unsupported value"},

		{name: "a negative priority", path: "spec.hosts[0].priority", value: "-1", says: "should be greater than or equal to 0"},
		{name: "priority 1001", path: "spec.hosts[0].priority", value: "1001", says: "should be less than or equal to 1000"},
		{name: "a priority that is text", path: "spec.hosts[0].priority", value: `"1"`, says: "must be of type integer"},
	})
}

func refuseResolutions(t *testing.T, api *server) {
	const (
		resolution = "spec.resolution"
		shortest   = "must be between 1s and 1h"
		longest    = "must be between 1s and 24h"
		order      = "maxTTL must not be shorter than minTTL"
	)

	api.refuse(t, []refusal{
		{name: "an unknown family", path: resolution + ".families", value: "[IPv5]", field: resolution + ".families[0]", says: "Unsupported value"},
		{name: "the same family twice", path: resolution + ".families", value: "[IPv6, IPv6]", says: "must not name a family twice"},
		{name: "three families", path: resolution + ".families", value: "[IPv4, IPv6, IPv4]", says: "must have at most 2 items"},
		{name: "no addresses", path: resolution + ".maxAddresses", value: "0", says: "should be greater than or equal to 1"},
		{name: "257 addresses", path: resolution + ".maxAddresses", value: "257", says: "should be less than or equal to 256"},
		{name: "a minTTL under 1s", path: resolution + ".minTTL", value: "999ms", says: shortest},
		{name: "a minTTL over 1h", path: resolution, value: "{minTTL: 3601s, maxTTL: 2h}", field: resolution + ".minTTL", says: shortest},
		{name: "a minTTL of another form", path: resolution + ".minTTL", value: "5", says: "must be of type string"},
		{name: "a maxTTL under 1s", path: resolution, value: "{minTTL: 1s, maxTTL: 0s}", field: resolution + ".maxTTL", says: longest},
		{name: "a maxTTL over 24h", path: resolution + ".maxTTL", value: "24h1s", says: longest},
		{name: "a maxTTL in days", path: resolution + ".maxTTL", value: "1d", says: "should match"},
		{name: "a minTTL over the maxTTL", path: resolution, value: "{minTTL: 10s, maxTTL: 9s}", field: resolution + ".maxTTL", says: order},
		{name: "a maxTTL under the default minTTL", path: resolution, value: "{maxTTL: 4s}", field: resolution + ".maxTTL", says: order},
		{name: "answers that are kept over 720h", path: resolution + ".keepFor", value: "721h", says: "must be at most 720h"},
		{name: "answers that are kept for a negative time", path: resolution + ".keepFor", value: "-1h", says: "should match"},
	})
}

func acceptPolicies(t *testing.T, api *server) {
	for _, test := range []struct{ name, path, value string }{
		{"one host", "spec.failurePolicy.minHealthy", "1"},
		{"1000 hosts", "spec.failurePolicy.minHealthy", "1000"},
		{"1%", "spec.failurePolicy.minHealthy", "1%"},
		{"99%", "spec.failurePolicy.minHealthy", "99%"},
		{"100%", "spec.failurePolicy.minHealthy", "100%"},
		{"more than there are hosts, which may come", "spec.failurePolicy", "{minHealthy: 3, action: PublishAll}"},
		{"an action alone", "spec.failurePolicy", "{action: PublishNone}"},
		{"an empty failurePolicy", "spec.failurePolicy", "{}"},

		{"mode Observe", "spec.mode", "Observe"},
		{"mode Publish", "spec.mode", "Publish"},
		{"priority 0", "spec.hosts[0].priority", "0"},
		{"priority 1000", "spec.hosts[0].priority", "1000"},

		{"an empty resolution", "spec.resolution", "{}"},
		{"a resolution without names", "spec.resolution", "{families: [IPv6, IPv4], maxAddresses: 1, minTTL: 1s, maxTTL: 1s, keepFor: 0s}"},
		{"a resolution at its upper bounds", "spec.resolution", "{maxAddresses: 256, minTTL: 1h, maxTTL: 24h, keepFor: 720h}"},
		{"no family of its own", "spec.resolution.families", "[]"},

		{"traffic for the same zone", "spec.service.trafficDistribution", "PreferSameZone"},
		{"traffic for the same node", "spec.service.trafficDistribution", "PreferSameNode"},
		{"traffic for what is close", "spec.service.trafficDistribution", "PreferClose"},
		{"no traffic distribution", "spec.service.trafficDistribution", `""`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := api.dryCreate(t.Context(), with(t, test.path, test.value)); err != nil {
				t.Error(err)
			}
		})
	}
}
