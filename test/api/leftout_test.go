package api_test

import (
	"strings"
	"testing"
)

// refuseUnknownFields: a field that this version does not have is refused by
// strict clients such as kubectl, and never accepted and ignored.
func refuseUnknownFields(t *testing.T, api *server) {
	for _, test := range []struct{ path, value string }{
		{"spec.hosts[0].weight", "1"},
		{"spec.resolution.searches", "[example.com]"},
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
