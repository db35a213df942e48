package api_test

import (
	"strings"
	"testing"
)

// explain: kubectl explain reaches the deepest fields.
func explain(t *testing.T, api *server) {
	for field, want := range map[string]string{
		"xsvc.spec":                              "The outside hosts that serve the ports",
		"xsvc.spec.hosts.state":                  "What to do with the host",
		"xsvc.spec.healthCheck.http.tls":         "Accept any certificate",
		"xsvc.spec.ports.healthCheck.udp.expect": "What the reply must contain",
		"xsvc.spec.hosts.address":                "An SRV name starts with a service",
		"xsvc.spec.failurePolicy":                "How many hosts must be healthy",
		"xsvc.spec.resolution.keepFor":           "How long the last good answer outlives",
		"xsvc.spec.healthCheck.tls.caBundleRef":  "Key within its data",
		"xsvc.status.endpoints":                  "Why the last check failed",
	} {
		t.Run(field, func(t *testing.T) {
			output, err := api.kubectl("explain", field, "--cache-dir", t.TempDir())
			if err != nil {
				t.Fatalf("%v: %s", err, output)
			}
			if !strings.Contains(strings.Join(strings.Fields(output), " "), want) {
				t.Errorf("no %q in:\n%s", want, output)
			}
		})
	}
}
