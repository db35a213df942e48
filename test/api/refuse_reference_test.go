package api_test

import "testing"

// refuseReferences: two sources of one thing, names that no object has, and
// settings that a reference could not serve.
func refuseReferences(t *testing.T, api *server) {
	const (
		check      = "spec.healthCheck"
		headers    = check + ".http.headers"
		name       = "must be the name of an object"
		key        = "must be a key of a Secret or ConfigMap"
		onlyOne    = "must set exactly one of secretKeyRef and configMapKeyRef"
		value      = "valueFrom must not be set beside value"
		bundle     = "caBundleRef must not be set beside caBundle"
		blind      = "caBundleRef must not be set with insecureSkipVerify"
		credential = "clientCertificateRef must not be set with insecureSkipVerify"
	)

	from := func(source string) string { return `[{name: Authorization, valueFrom: ` + source + `}]` }
	secret := func(object, key string) string {
		return from(`{secretKeyRef: {name: "` + object + `", key: "` + key + `"}}`)
	}
	secretField := headers + "[0].valueFrom.secretKeyRef"

	api.refuse(t, []refusal{
		{name: "a value and a source of it", path: headers, value: `[{name: A, value: b, valueFrom: {configMapKeyRef: {name: a, key: b}}}]`, field: headers + "[0].valueFrom", says: value},
		{name: "a source that names nothing", path: headers, value: from("{}"), field: headers + "[0].valueFrom", says: onlyOne},
		{name: "two sources", path: headers, value: from(`{secretKeyRef: {name: a, key: b}, configMapKeyRef: {name: a, key: b}}`), field: headers + "[0].valueFrom", says: onlyOne},
		{name: "a Secret in upper case", path: headers, value: secret("Token", "token"), field: secretField + ".name", says: name},
		{name: "a Secret with a slash", path: headers, value: secret("other/token", "token"), field: secretField + ".name", says: name},
		{name: "a Secret with a line break", path: headers, value: secret(`token\n`, "token"), field: secretField + ".name", says: name},
		{name: "a Secret without a name", path: headers, value: secret("", "token"), field: secretField + ".name", says: "should be at least 1 chars long"},
		{name: "a Secret with a name of 254 characters", path: headers, value: secret(letters(254), "token"), field: secretField + ".name", says: "may not be more than 253"},
		{name: "a Secret without a key", path: headers, value: from("{secretKeyRef: {name: a}}"), field: secretField + ".key", says: "Required value"},
		{name: "an empty key", path: headers, value: secret("token", ""), field: secretField + ".key", says: "should be at least 1 chars long"},
		{name: "a key with a slash", path: headers, value: secret("token", "a/b"), field: secretField + ".key", says: key},
		{name: "a key with a line break", path: headers, value: secret("token", `token\n`), field: secretField + ".key", says: key},
		{name: "a key that is a folder", path: headers, value: secret("token", "."), field: secretField + ".key", says: key},
		{name: "a key that leads upwards", path: headers, value: secret("token", "..token"), field: secretField + ".key", says: key},
		{name: "a key of 254 characters", path: headers, value: secret("token", letters(254)), field: secretField + ".key", says: "may not be more than 253"},
		{name: "a ConfigMap in upper case", path: headers, value: from("{configMapKeyRef: {name: Token, key: token}}"), field: headers + "[0].valueFrom.configMapKeyRef.name", says: name},

		{name: "authorities twice", path: check, value: `{tls: {caBundle: "-----BEGIN CERTIFICATE-----", caBundleRef: {name: ca, key: ca.crt}}}`, field: check + ".tls.caBundleRef", says: bundle},
		{name: "authorities of a grpc check twice", path: check, value: `{grpc: {tls: {caBundle: "-----BEGIN CERTIFICATE-----", caBundleRef: {name: ca, key: ca.crt}}}}`, field: check + ".grpc.tls.caBundleRef", says: bundle},
		{name: "authorities of an http check twice", path: check, value: `{http: {scheme: HTTPS, tls: {caBundle: "-----BEGIN CERTIFICATE-----", caBundleRef: {name: ca, key: ca.crt}}}}`, field: check + ".http.tls.caBundleRef", says: bundle},
		{name: "authorities in another kind", path: check, value: `{tls: {caBundleRef: {kind: Issuer, name: ca, key: ca.crt}}}`, field: check + ".tls.caBundleRef.kind", says: "Unsupported value"},
		{name: "authorities in an object of another form", path: check, value: `{tls: {caBundleRef: {name: CA, key: ca.crt}}}`, field: check + ".tls.caBundleRef.name", says: name},
		{name: "authorities without a key", path: check, value: `{tls: {caBundleRef: {name: ca}}}`, field: check + ".tls.caBundleRef.key", says: "Required value"},
		{name: "authorities that a grpc check does not look at", path: check, value: `{grpc: {tls: {insecureSkipVerify: true, caBundleRef: {name: ca, key: ca.crt}}}}`, field: check + ".grpc.tls.caBundleRef", says: blind},
		{name: "authorities that an http check of a port does not look at", path: "spec.ports[0].healthCheck", value: `{http: {scheme: HTTPS, tls: {insecureSkipVerify: true, caBundleRef: {name: ca, key: ca.crt}}}}`, field: "spec.ports[0].healthCheck.http.tls.caBundleRef", says: blind},

		{name: "a certificate shown to anybody by a grpc check", path: check, value: `{grpc: {tls: {insecureSkipVerify: true, clientCertificateRef: {name: me}}}}`, field: check + ".grpc.tls.clientCertificateRef", says: credential},
		{name: "a certificate shown to anybody by an http check", path: check, value: `{http: {scheme: HTTPS, tls: {insecureSkipVerify: true, clientCertificateRef: {name: me}}}}`, field: check + ".http.tls.clientCertificateRef", says: credential},
		{name: "a certificate in a Secret of another form", path: check, value: `{tls: {clientCertificateRef: {name: my_cert}}}`, field: check + ".tls.clientCertificateRef.name", says: name},
		{name: "a certificate without a Secret", path: check, value: `{tls: {clientCertificateRef: {}}}`, field: check + ".tls.clientCertificateRef.name", says: "Required value"},
	})
}

// A header from a Secret, as the members of an http check, and what is added to
// it.
const secretHeader = `headers: [{name: X-Probe, value: "1"}, {name: Authorization, valueFrom: {secretKeyRef: {name: token, key: token}}}]`

// refuseLooseSecrets: whoever answers for a name in the DNS shall not be sent a
// Secret for it.
func refuseLooseSecrets(t *testing.T, api *server) {
	const (
		ofSpec = "headers[].valueFrom.secretKeyRef must be sent over verified TLS"
		ofPort = "ports[].healthCheck.http.headers[].valueFrom.secretKeyRef must be sent over verified TLS"
	)

	forAll := func(http, address string) string {
		return `{ports: [{name: a, port: 80}], hosts: [{address: 203.0.113.10}, {address: ` + address + `}], healthCheck: {http: ` + http + `}}`
	}
	forPort := func(http, address string) string {
		return `{ports: [{name: a, port: 80}, {name: b, port: 81, healthCheck: {http: ` + http + `}}], hosts: [{address: 203.0.113.10}, {address: ` + address + `}]}`
	}

	plain := `{` + secretHeader + `}`
	unverified := `{scheme: HTTPS, tls: {insecureSkipVerify: true}, ` + secretHeader + `}`
	verified := `{scheme: HTTPS, ` + secretHeader + `}`
	verifiedInWords := `{scheme: HTTPS, tls: {insecureSkipVerify: false, caBundleRef: {name: ca, key: ca.crt}}, ` + secretHeader + `}`

	const allField, portField = "spec.healthCheck.http.headers", "spec.ports"

	api.refuse(t, []refusal{
		{name: "in plain text to a name", path: "spec", value: forAll(plain, "db.example.com"), field: allField, says: ofSpec},
		{name: "over unverified TLS to a name", path: "spec", value: forAll(unverified, "db.example.com"), field: allField, says: ofSpec},
		{name: "in plain text to an SRV name", path: "spec", value: forAll(plain, "_web._tcp.example.com"), field: allField, says: ofSpec},
		{name: "in plain text to a name on one port", path: "spec", value: forPort(plain, "db.example.com"), field: portField, says: ofPort},
		{name: "over unverified TLS to a name on one port", path: "spec", value: forPort(unverified, "db.example.com"), field: portField, says: ofPort},
	})

	for _, test := range []struct{ name, spec string }{
		{"over verified TLS to a name", forAll(verified, "db.example.com")},
		{"over TLS with authorities of its own to a name", forAll(verifiedInWords, "db.example.com")},
		{"over verified TLS to a name on one port", forPort(verified, "db.example.com")},
		{"in plain text to addresses", forAll(plain, "203.0.113.11")},
		{"over unverified TLS to addresses", forAll(unverified, "203.0.113.11")},
		{"in plain text to addresses on one port", forPort(plain, "203.0.113.11")},
		{"in plain text to nobody", `{ports: [{name: a, port: 80}], healthCheck: {http: ` + plain + `}}`},
		{"a ConfigMap in plain text to a name", forAll(`{headers: [{name: A, valueFrom: {configMapKeyRef: {name: a, key: b}}}]}`, "db.example.com")},
		{"a plain value in plain text to a name", forAll(`{headers: [{name: A, value: b}]}`, "db.example.com")},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := api.dryCreate(t.Context(), with(t, "spec", test.spec)); err != nil {
				t.Error(err)
			}
		})
	}
}

func acceptReferences(t *testing.T, api *server) {
	const (
		check   = "spec.healthCheck"
		headers = check + ".http.headers"
	)

	for _, test := range []struct{ name, path, value string }{
		{"a header from a Secret", headers, `[{name: A, valueFrom: {secretKeyRef: {name: my.token-1, key: .Token_v1}}}]`},
		{"a header from a ConfigMap", headers, `[{name: A, valueFrom: {configMapKeyRef: {name: a, key: b}}}]`},
		{"an empty value beside a source, as in no value", headers, `[{name: A, value: "", valueFrom: {configMapKeyRef: {name: a, key: b}}}]`},
		{"a key with dots inside", headers, `[{name: A, valueFrom: {configMapKeyRef: {name: a, key: a..b}}}]`},
		{"a name and a key as long as they get", headers, `[{name: A, valueFrom: {configMapKeyRef: {name: ` + letters(253) + `, key: ` + letters(253) + `}}}]`},
		{"authorities in a ConfigMap", check, `{tls: {caBundleRef: {name: ca, key: ca.crt}}}`},
		{"authorities in a Secret", check, `{grpc: {tls: {caBundleRef: {kind: Secret, name: ca, key: ca.crt}}}}`},
		{"an empty caBundle beside a reference, as in no value", check, `{tls: {caBundle: "", caBundleRef: {name: ca, key: ca.crt}}}`},
		{"a certificate of a tls check", check, `{tls: {clientCertificateRef: {name: me}}}`},
		{"a certificate of a grpc check", check, `{grpc: {tls: {clientCertificateRef: {name: me}}}}`},
		{"a certificate of an http check", check, `{http: {scheme: HTTPS, tls: {caBundleRef: {name: ca, key: ca.crt}, clientCertificateRef: {name: me}}}}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := api.dryCreate(t.Context(), with(t, test.path, test.value)); err != nil {
				t.Error(err)
			}
		})
	}
}
