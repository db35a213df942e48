package main

import (
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"

	"github.com/external-endpoints/operator/internal/operator"
)

// Lists are the flags that add up when they are given twice.
func TestExtraArgsComeLast(t *testing.T) {
	deployment := one[appsv1.Deployment](t, render(t, chartFolder, `
watchNamespaces: [shop]
metrics: {secure: false}
probing: {deniedCIDRs: [10.0.0.0/8], allowedCIDRs: [10.1.0.0/16], minInterval: 1s}
extraArgs: {watch-namespaces: "web,db", denied-cidrs: 192.0.2.0/24, allowed-cidrs: "", min-interval: 2s}
`), "Deployment")
	arguments := deployment.Spec.Template.Spec.Containers[0].Args
	var out strings.Builder
	o, err := operator.ParseFlags(arguments, &out)
	if err != nil {
		t.Fatalf("%q: %v", arguments, err)
	}
	if !slices.Equal(o.WatchNamespaces, []string{"web", "db"}) || len(o.DeniedCIDRs) != 1 || o.DeniedCIDRs[0].String() != "192.0.2.0/24" ||
		len(o.AllowedCIDRs) > 0 || o.MinInterval.String() != "2s" {
		t.Errorf("of %q the operator makes %+v", arguments, o)
	}
}
