package api_test

import (
	"slices"
	"testing"
)

// refuseChanges: what an object must keep for life.
func refuseChanges(t *testing.T, api *server) {
	const (
		serviceName = "spec.service.name"
		name        = "service.name must not change; without it the name is metadata.name"
	)

	for _, test := range []struct {
		name             string
		service, changed string
		field, says      string
		accepted         bool
	}{
		{name: "another Service name", service: `{name: orders}`, changed: `{name: billing}`, field: serviceName, says: name},
		{name: "a Service name taken away", service: `{name: orders}`, changed: `{}`, field: serviceName, says: name},
		{name: "the whole service taken away", service: `{name: orders}`, changed: absent, field: serviceName, says: name},
		{name: "a Service name added", service: `{}`, changed: `{name: orders}`, field: serviceName, says: name},
		{name: "a Service name added where there was no service", service: absent, changed: `{name: orders}`, field: serviceName, says: name},
		{name: "the default Service name written out", service: absent, changed: `{name: orders-db}`, accepted: true},
		{name: "the default Service name no longer written out", service: `{name: orders-db}`, changed: absent, accepted: true},
		{name: "the same Service name", service: `{name: orders}`, changed: `{name: orders}`, accepted: true},

		{name: "headless switched on", service: `{}`, changed: `{headless: true}`, field: "spec.service.headless", says: "headless must not change"},
		{name: "headless switched off", service: `{headless: true}`, changed: `{headless: false}`, field: "spec.service.headless", says: "headless must not change"},
		{name: "headless taken away", service: `{headless: true}`, changed: absent, field: "spec.service.headless", says: "headless must not change"},
		{name: "headless written out as false", service: `{}`, changed: `{headless: false}`, accepted: true},

		{name: "another first family", service: `{ipFamilies: [IPv4]}`, changed: `{ipFamilies: [IPv6]}`, field: "spec.service.ipFamilies", says: "the first family must not change"},
		{name: "families in another order", service: `{ipFamilies: [IPv4, IPv6]}`, changed: `{ipFamilies: [IPv6, IPv4]}`, field: "spec.service.ipFamilies", says: "the first family must not change"},
		{name: "a second family", service: `{ipFamilies: [IPv4]}`, changed: `{ipFamilies: [IPv4, IPv6]}`, accepted: true},

		{name: "another type", service: `{}`, changed: `{type: NodePort}`, accepted: true},
		{name: "another management", service: `{}`, changed: `{management: Existing}`, accepted: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			object := with(t, "spec.service", test.service)
			api.create(t, object)

			set(t, object, "spec.service", test.changed)
			err := api.dryUpdate(t.Context(), object)

			if test.accepted {
				if err != nil {
					t.Error(err)
				}

				return
			}

			wantCause(t, err, test.field, test.says)
		})
	}
}

// acceptChanges: what is free to change, back and forth, in objects that are
// there already.
func acceptChanges(t *testing.T, api *server) {
	for _, test := range []struct {
		name, path string
		values     []string
	}{
		{"mode", "spec.mode", []string{"Observe", "Publish", absent, "Observe", absent}},
		{"failurePolicy", "spec.failurePolicy", []string{"{minHealthy: 2}", "{minHealthy: 50%, action: PublishNone}", absent, "{action: PublishAll}"}},
		{"priority", "spec.hosts[0].priority", []string{"1", "1000", absent}},
		{"resolution", "spec.resolution", []string{"{maxAddresses: 1}", "{families: [IPv6]}", "{families: [IPv4, IPv6]}", absent}},
		{"trafficDistribution", "spec.service.trafficDistribution", []string{"PreferClose", "PreferSameZone", absent, "PreferSameNode"}},
		{"an address and a name", "spec.hosts[0].address", []string{"db.example.com", "203.0.113.11", "other.example.com"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			object := good(t)
			api.create(t, object)

			for _, value := range slices.Concat(test.values, test.values) {
				set(t, object, test.path, value)
				if err := api.client.Update(t.Context(), object); err != nil {
					t.Fatalf("%s: %v", value, err)
				}
			}
		})
	}
}

// refuseLaterNames: a rule about several fields holds also when the other one
// is changed later.
func refuseLaterNames(t *testing.T, api *server) {
	for _, test := range []struct {
		name, spec  string
		path, value string
		field, says string
	}{
		{
			name: "a name for a Secret in plain text",
			spec: `{ports: [{name: a, port: 80}], hosts: [{address: 203.0.113.10}], healthCheck: {http: {` + secretHeader + `}}}`,
			path: "spec.hosts", value: `[{address: db.example.com}]`,
			field: "spec.healthCheck.http.headers", says: "must be sent over verified TLS",
		},
		{
			name: "TLS that is no longer verified",
			spec: `{ports: [{name: a, port: 80}], hosts: [{address: db.example.com}], healthCheck: {http: {scheme: HTTPS, ` + secretHeader + `}}}`,
			path: "spec.healthCheck.http.tls", value: `{insecureSkipVerify: true}`,
			field: "spec.healthCheck.http.headers", says: "must be sent over verified TLS",
		},
		{
			name: "a second port beside an SRV name",
			spec: `{ports: [{name: a, port: 80}], hosts: [{address: _a._tcp.example.com}]}`,
			path: "spec.ports", value: `[{name: a, port: 80}, {name: b, port: 81}]`,
			field: "spec.ports", says: "ports must have exactly one port",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			object := with(t, "spec", test.spec)
			api.create(t, object)

			set(t, object, test.path, test.value)
			wantCause(t, api.dryUpdate(t.Context(), object), test.field, test.says)
		})
	}
}
