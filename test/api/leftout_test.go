package api_test

import (
	"strings"
	"testing"
)

// refuseUnknownFields: a field that this version does not have is refused by
// strict clients such as kubectl, and never accepted and ignored.
func refuseUnknownFields(t *testing.T, api *server) {
	for _, test := range []struct{ path, value string }{
		{"spec.mode", "Observe"},
		{"spec.hosts[0].priority", "1"},
		{"spec.failurePolicy", "{minHealthy: 1}"},
		{"spec.resolution", "{maxAddresses: 1}"},
		{"spec.service.trafficDistribution", "PreferClose"},
		{"spec.healthCheck.none.anything", "1"},
	} {
		t.Run(test.path, func(t *testing.T) {
			err := api.dryCreate(t.Context(), with(t, test.path, test.value))
			if err == nil {
				t.Fatal("it was accepted")
			}
			if want := `unknown field "` + test.path + `"`; !strings.Contains(err.Error(), want) {
				t.Errorf("no %s in: %v", want, err)
			}
		})
	}
}
