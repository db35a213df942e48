package main

import (
	"bytes"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"
	appsv1 "k8s.io/api/apps/v1"

	"github.com/external-endpoints/operator/internal/operator"
)

// byExtraArgs are the flags without a value of their own, and why.
var byExtraArgs = map[string]string{
	"kubeconfig":   "in a cluster it is not needed; an operator for another cluster brings a volume too",
	"await-leader": "it is for the Pod of helm test",
}

// elsewhere has every value that is a flag say something else than its default.
const elsewhere = `
watchNamespaces: [shop, web]
writeEndpoints: false
leaderElection: {enabled: false, namespace: ops}
replicas: 1
probing:
  minInterval: 1s500ms
  maxProbesPerSecond: 1000000
  maxProbesInFlight: 2000000
  maxTargetsPerNamespace: 3000000
  deniedCIDRs: [10.0.0.0/8, "fd00::/8"]
  allowedCIDRs: [10.1.0.0/16]
  clusterDomain: k8s.example.com
log: {format: text, level: debug}
metrics: {port: 9090, secure: false, detail: resource}
health: {port: 9091}
extraArgs: {kubeconfig: /etc/kube/config}
`

func TestChartReachesEveryFlag(t *testing.T) {
	args := operatorArgs(t, elsewhere)
	got, err := operator.ParseFlags(args, &bytes.Buffer{})
	if err != nil {
		t.Fatal(err)
	}
	want := operator.Options{
		Kubeconfig: "/etc/kube/config", WatchNamespaces: []string{"shop", "web"}, LeaderElectionNamespace: "ops",
		MetricsBindAddress: ":9090", MetricsDetail: "resource", HealthProbeBindAddress: ":9091",
		DeniedCIDRs:   []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")},
		AllowedCIDRs:  []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")},
		ClusterDomain: "k8s.example.com",
		MinInterval:   1500 * time.Millisecond, MaxProbesPerSecond: 1_000_000, MaxProbesInFlight: 2_000_000, MaxTargetsPerNamespace: 3_000_000,
		LogFormat: "text", LogLevel: "debug",
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
		t.Errorf("what the operator is told (-want +got):\n%s", diff)
	}

	passed := strings.Join(slices.Concat(operatorArgs(t, elsewhere),
		operatorArgs(t, "references: {enabled: true}"), operatorArgs(t, "metrics: {certSecret: metrics-tls}")), "\n")
	for _, flag := range flagsOf(t) {
		if byExtraArgs[flag] == "" && !strings.Contains(passed, "--"+flag+"=") {
			t.Errorf("no value of the chart sets --%s", flag)
		}
	}
}

func TestChartDefaultsMatchFlags(t *testing.T) {
	want, err := operator.ParseFlags(nil, &bytes.Buffer{})
	if err != nil {
		t.Fatal(err)
	}
	// It would be that of the Pod anyway.
	want.LeaderElectionNamespace = releaseNamespace
	got, err := operator.ParseFlags(operatorArgs(t, ""), &bytes.Buffer{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what the operator is told (-want +got):\n%s", diff)
	}
}

func TestExtraArgsOverrideValues(t *testing.T) {
	got, err := operator.ParseFlags(operatorArgs(t, "extraArgs: {log-level: debug, max-probes-per-second: 7000000, leader-elect: false}"), &bytes.Buffer{})
	if err != nil {
		t.Fatal(err)
	}
	if got.LogLevel != "debug" || got.MaxProbesPerSecond != 7_000_000 || got.LeaderElect {
		t.Errorf("got %+v", got)
	}
}

// operatorArgs are the container's arguments.
func operatorArgs(t *testing.T, values string) []string {
	t.Helper()
	deployment := one[appsv1.Deployment](t, render(t, chartFolder, values), "Deployment")
	return deployment.Spec.Template.Spec.Containers[0].Args
}

// flagsOf are the names of the operator's flags, from its --help.
func flagsOf(t *testing.T) []string {
	t.Helper()
	var out bytes.Buffer
	if _, err := operator.ParseFlags([]string{"--help"}, &out); !errors.Is(err, pflag.ErrHelp) {
		t.Fatalf("got %v", err)
	}
	var flags []string
	for line := range strings.Lines(out.String()) {
		if flag, found := strings.CutPrefix(strings.TrimSpace(line), "--"); found {
			flags = append(flags, strings.Fields(flag)[0])
		}
	}
	return flags
}
