package api_test

import "testing"

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
