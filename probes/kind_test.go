package probes_test

import (
	"slices"
	"testing"

	"github.com/external-endpoints/operator/probes"
)

// docs/user/metrics.md names what the label check may be: the members of the API's union.
// That an http check goes over TLS makes no other kind of it.
func TestCheckKindIsAMemberOfTheUnion(t *testing.T) {
	members := []string{"tcp", "http", "grpc", "tls", "udp", "none"}
	for name, check := range map[string]probes.Check{
		"tcp":  {TCP: &probes.TCP{}},
		"http": {HTTP: &probes.HTTP{TLS: &probes.ClientTLS{}}},
		"grpc": {GRPC: &probes.GRPC{TLS: &probes.ClientTLS{}}},
		"tls":  {TLS: &probes.TLS{}},
		"udp":  {UDP: &probes.UDP{}},
		"none": {None: &probes.None{}},
	} {
		if kind := check.Kind(); kind != name || !slices.Contains(members, kind) {
			t.Errorf("%s: the kind is %q", name, kind)
		}
	}
	if plain := (&probes.Check{HTTP: &probes.HTTP{}}); plain.Kind() != "http" {
		t.Errorf("plain http: the kind is %q", plain.Kind())
	}
}
