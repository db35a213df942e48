package api_test

import "testing"

func refuseServices(t *testing.T, api *server) {
	const (
		name         = "must be a Service name"
		existing     = "must not be set with management Existing"
		serviceField = "spec.service"
	)

	api.refuse(t, []refusal{
		{name: "a Service name in upper case", path: "spec.service.name", value: "Orders", says: name},
		{name: "a Service name that starts with a digit", path: "spec.service.name", value: "1orders", says: name},
		{name: "a Service name with a dot", path: "spec.service.name", value: "orders.db", says: name},
		{name: "a Service name that ends in a dash", path: "spec.service.name", value: "orders-", says: name},
		{name: "an empty Service name", path: "spec.service.name", value: `""`, says: name},
		{name: "a Service name of 64 characters", path: "spec.service.name", value: letters(64), says: "may not be more than 63"},
		{name: "an unknown management", path: "spec.service.management", value: "Shared", says: "Unsupported value"},
		{name: "an unknown type", path: "spec.service.type", value: "ExternalName", says: "Unsupported value"},
		{name: "an unknown session affinity", path: "spec.service.sessionAffinity", value: "Cookie", says: "Unsupported value"},
		{name: "an unknown IP family policy", path: "spec.service.ipFamilyPolicy", value: "DualStack", says: "Unsupported value"},
		{name: "an unknown IP family", path: "spec.service.ipFamilies", value: "[IPv5]", field: "spec.service.ipFamilies[0]", says: "Unsupported value"},
		{name: "the same IP family twice", path: "spec.service.ipFamilies", value: "[IPv4, IPv4]", says: "must not name a family twice"},
		{name: "three IP families", path: "spec.service.ipFamilies", value: "[IPv4, IPv6, IPv4]", says: "must have at most 2 items"},
		{name: "two families in a single stack", path: serviceField, value: `{ipFamilyPolicy: SingleStack, ipFamilies: [IPv4, IPv6]}`, field: "spec.service.ipFamilies", says: "ipFamilies must name one family only"},
		{name: "a headless NodePort", path: serviceField, value: `{headless: true, type: NodePort}`, field: "spec.service.headless", says: "headless must be false unless type is ClusterIP"},
		{name: "a headless LoadBalancer", path: serviceField, value: `{headless: true, type: LoadBalancer}`, field: "spec.service.headless", says: "headless must be false unless"},

		{name: "a label key with a space", path: "spec.service.labels", value: `{"the team": orders}`, says: "keys must be label keys"},
		{name: "a label key with two slashes", path: "spec.service.labels", value: `{a.b/c/d: orders}`, says: "keys must be label keys"},
		{name: "a label value with a space", path: "spec.service.labels", value: `{team: the orders}`, field: "spec.service.labels[team]", says: "must be a label value"},
		{name: "a label value with a line break", path: "spec.service.labels", value: `{team: "orders\n"}`, field: "spec.service.labels[team]", says: "must be a label value"},
		{name: "a label value of 64 characters", path: "spec.service.labels", value: `{team: ` + letters(64) + `}`, field: "spec.service.labels.team", says: "may not be more than 63"},
		{name: "33 labels", path: "spec.service.labels", value: entries(33), says: "must have at most 32 items"},
		{name: "an annotation key with a space", path: "spec.service.annotations", value: `{"the owner": orders}`, says: "keys must be annotation keys"},
		{name: "an annotation value of 4097 characters", path: "spec.service.annotations", value: `{owner: ` + letters(4097) + `}`, says: "values must have at most 4096 characters"},
		{name: "33 annotations", path: "spec.service.annotations", value: entries(33), says: "must have at most 32 items"},

		{name: "a type for an Existing Service", path: serviceField, value: `{management: Existing, type: ClusterIP}`, says: existing},
		{name: "headless for an Existing Service", path: serviceField, value: `{management: Existing, headless: true}`, says: existing},
		{name: "labels for an Existing Service", path: serviceField, value: `{management: Existing, labels: {team: orders}}`, says: existing},
		{name: "annotations for an Existing Service", path: serviceField, value: `{management: Existing, annotations: {owner: orders}}`, says: existing},
		{name: "an IP family policy for an Existing Service", path: serviceField, value: `{management: Existing, ipFamilyPolicy: SingleStack}`, says: existing},
		{name: "IP families for an Existing Service", path: serviceField, value: `{management: Existing, ipFamilies: [IPv4]}`, says: existing},
		{name: "session affinity for an Existing Service", path: serviceField, value: `{management: Existing, sessionAffinity: ClientIP}`, says: existing},

		{name: "a traffic distribution for an Existing Service", path: serviceField, value: `{management: Existing, trafficDistribution: PreferSameZone}`, says: existing},
		{name: "an unknown traffic distribution", path: "spec.service.trafficDistribution", value: "PreferFar", says: "Unsupported value"},

		{name: "an unknown policy for unhealthy hosts", path: "spec.publish.unhealthyHosts", value: "Hide", says: "Unsupported value"},
		{name: "endpoints as text", path: "spec.publish.endpoints", value: `"yes"`, says: "must be of type boolean"},
		{name: "no spec", path: "spec", value: absent, says: "Required value"},
	})
}

// refuseDefaultedServiceNames: the name of the object is the Service's where no
// other is given, so it must be fit for that.
func refuseDefaultedServiceNames(t *testing.T, api *server) {
	for _, test := range []struct{ name, object string }{
		{"an object name with a dot", "orders.db"},
		{"an object name that starts with a digit", "1orders"},
		{"an object name of 64 characters", letters(64)},
	} {
		t.Run(test.name, func(t *testing.T) {
			object := with(t, "spec.service", absent)
			object.SetName(test.object)
			wantCause(t, api.dryCreate(t.Context(), object), "spec.service.name", "service.name must be set, because metadata.name is no Service name")
		})
	}

	t.Run("any object name is good beside a Service name", func(t *testing.T) {
		object := good(t)
		object.SetName("1orders.db")
		if err := api.dryCreate(t.Context(), object); err != nil {
			t.Error(err)
		}
	})
}
