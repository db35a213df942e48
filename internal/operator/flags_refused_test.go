package operator

import (
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// An empty name among the namespaces means all of them to the cache: whoever ends the
// list with a comma would have every namespace looked after.
func TestFlagsRejectBadNamespacesAndPrefixes(t *testing.T) {
	for _, tt := range []struct {
		flag string
		want []string
	}{
		{"--watch-namespaces=shop,", []string{"--watch-namespaces", `""`, "must be the name of a namespace"}},
		{"--watch-namespaces=,", []string{"--watch-namespaces", `""`, "must be the name of a namespace"}},
		{"--watch-namespaces=Shop", []string{"--watch-namespaces", `"Shop"`, "must be the name of a namespace"}},
		{"--watch-namespaces=shop.web", []string{"--watch-namespaces", `"shop.web"`}},
		{"--watch-namespaces=" + strings.Repeat("a", 64), []string{"--watch-namespaces", "must be"}},
		{"--leader-election-namespace=Ops", []string{"--leader-election-namespace", `"Ops"`, "must be the name of a namespace"}},
		{"--metrics-bind-address=8443", []string{"--metrics-bind-address", `"8443"`, `must be an address and port such as :8443, or 0`}},
		{"--metrics-bind-address=", []string{"--metrics-bind-address", `""`, "must be"}},
		{"--metrics-bind-address=:", []string{"--metrics-bind-address", `":"`, "must be"}},
		{"--metrics-bind-address=:70000", []string{"--metrics-bind-address", `":70000"`, "must be"}},
		{"--health-probe-bind-address=localhost", []string{"--health-probe-bind-address", `"localhost"`, "must be"}},
	} {
		t.Run(tt.flag, func(t *testing.T) {
			o, err := ParseFlags([]string{tt.flag}, io.Discard)
			if err == nil {
				t.Fatalf("it is accepted: %+v", o)
			}
			for _, part := range tt.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
		})
	}
}

func TestFlagsParseNamespacesAndPrefixes(t *testing.T) {
	o, err := ParseFlags([]string{
		"--watch-namespaces=shop, 123", "--leader-election-namespace=ops", "--metrics-bind-address=[::1]:0", "--health-probe-bind-address=0",
	}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"shop", "123"}, o.WatchNamespaces); diff != "" {
		t.Errorf("namespaces (-want +got):\n%s", diff)
	}
	if o, err = ParseFlags([]string{"--watch-namespaces="}, io.Discard); err != nil || len(o.WatchNamespaces) > 0 {
		t.Errorf("none at all: got %q, %v", o.WatchNamespaces, err)
	}
}
