package operator

import (
	"bytes"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"
)

var comparePrefixes = cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })

// defaults are those of the contract.
func defaults() Options {
	return Options{
		LeaderElect: true, MetricsBindAddress: ":8443", MetricsSecure: true, MetricsDetail: "endpoint",
		HealthProbeBindAddress: ":8081", ClusterDomain: "cluster.local", MinInterval: 100 * time.Millisecond, WriteEndpoints: true,
		MaxTargetsPerNamespace: 20000,
		LogFormat:              "json", LogLevel: "info",
	}
}

func TestFlags(t *testing.T) {
	prefix := netip.MustParsePrefix
	tests := []struct {
		name   string
		flags  []string
		change func(*Options)
	}{
		{"without flags the defaults count", nil, func(*Options) {}},
		{"kubeconfig", []string{"--kubeconfig=/etc/kube"}, func(o *Options) { o.Kubeconfig = "/etc/kube" }},
		{"watch-namespaces", []string{"--watch-namespaces=shop,web", "--watch-namespaces", "db"}, func(o *Options) { o.WatchNamespaces = []string{"shop", "web", "db"} }},
		{"leader-elect", []string{"--leader-elect=false"}, func(o *Options) { o.LeaderElect = false }},
		{"await-leader", []string{"--await-leader"}, func(o *Options) { o.AwaitLeader = true }},
		{"leader-election-namespace", []string{"--leader-election-namespace=ops"}, func(o *Options) { o.LeaderElectionNamespace = "ops" }},
		{"metrics-bind-address", []string{"--metrics-bind-address=:9090"}, func(o *Options) { o.MetricsBindAddress = ":9090" }},
		{"metrics-cert-path", []string{"--metrics-cert-path=/etc/tls"}, func(o *Options) { o.MetricsCertPath = "/etc/tls" }},
		{"metrics-secure", []string{"--metrics-secure=false"}, func(o *Options) { o.MetricsSecure = false }},
		{"metrics-detail", []string{"--metrics-detail=resource"}, func(o *Options) { o.MetricsDetail = "resource" }},
		{"health-probe-bind-address", []string{"--health-probe-bind-address=0"}, func(o *Options) { o.HealthProbeBindAddress = "0" }},
		{"denied-cidrs", []string{"--denied-cidrs=10.0.0.7/8, fd00::/8"}, func(o *Options) { o.DeniedCIDRs = []netip.Prefix{prefix("10.0.0.0/8"), prefix("fd00::/8")} }},
		{"allowed-cidrs", []string{"--allowed-cidrs=10.1.0.0/16"}, func(o *Options) { o.AllowedCIDRs = []netip.Prefix{prefix("10.1.0.0/16")} }},
		{"cluster-domain", []string{"--cluster-domain=k8s.example.com"}, func(o *Options) { o.ClusterDomain = "k8s.example.com" }},
		{"min-interval", []string{"--min-interval=2s"}, func(o *Options) { o.MinInterval = 2 * time.Second }},
		{"max-probes-in-flight", []string{"--max-probes-in-flight=5000"}, func(o *Options) { o.MaxProbesInFlight = 5000 }},
		{"max-probes-per-second", []string{"--max-probes-per-second=500"}, func(o *Options) { o.MaxProbesPerSecond = 500 }},
		{"max-targets-per-namespace", []string{"--max-targets-per-namespace=50"}, func(o *Options) { o.MaxTargetsPerNamespace = 50 }},
		{"write-endpoints", []string{"--write-endpoints=false"}, func(o *Options) { o.WriteEndpoints = false }},
		{"log-format", []string{"--log-format=text"}, func(o *Options) { o.LogFormat = "text" }},
		{"log-level", []string{"--log-level=debug"}, func(o *Options) { o.LogLevel = "debug" }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := defaults()
			tt.change(&want)
			var out bytes.Buffer
			got, err := ParseFlags(tt.flags, &out)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got, comparePrefixes); diff != "" {
				t.Errorf("options (-want +got):\n%s", diff)
			}
			if out.Len() > 0 {
				t.Errorf("printed %q", out.String())
			}
		})
	}
}

func TestFlagsErrorNamesFlag(t *testing.T) {
	tests := []struct {
		name  string
		flags []string
		want  []string
	}{
		{"a range", []string{"--denied-cidrs=10.0.0.0"}, []string{"--denied-cidrs", `"10.0.0.0"`, "must be a range such as 10.0.0.0/8"}},
		{"an exception", []string{"--allowed-cidrs=x"}, []string{"--allowed-cidrs", `"x"`, "must be"}},
		{"a detail", []string{"--metrics-detail=host"}, []string{"--metrics-detail", `"host"`, "must be one of resource, endpoint"}},
		{"a format", []string{"--log-format=xml"}, []string{"--log-format", `"xml"`, "must be one of json, text"}},
		{"a level", []string{"--log-level=trace"}, []string{"--log-level", `"trace"`, "must be one of debug, info, warn, error"}},
		{"a cluster domain", []string{"--cluster-domain=.svc"}, []string{"--cluster-domain", `".svc"`, "must be a DNS domain such as cluster.local"}},
		{"no cluster domain", []string{"--cluster-domain="}, []string{"--cluster-domain", "must be a DNS domain such as cluster.local"}},
		{"an interval", []string{"--min-interval=1ms"}, []string{"--min-interval", "1ms", "must be at least 100ms"}},
		{"too few places", []string{"--max-probes-in-flight=99"}, []string{"--max-probes-in-flight", "99", "must be 0 or at least 100"}},
		{"a number", []string{"--max-probes-per-second=-1"}, []string{"--max-probes-per-second", "-1", "must be at least 0"}},
		{"a duration that is none", []string{"--min-interval=soon"}, []string{"--min-interval", "soon"}},
		{"a truth that is none", []string{"--leader-elect=perhaps"}, []string{"--leader-elect", "perhaps"}},
		{"several at once", []string{"--log-level=x", "--log-format=y"}, []string{"--log-level", "--log-format"}},
		{"an unknown flag", []string{"--failover"}, []string{"--failover"}},
		{"a word that is no flag", []string{"start"}, []string{`"start"`, "must be a flag"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			_, err := ParseFlags(tt.flags, &out)
			if err == nil {
				t.Fatal("it is accepted")
			}
			for _, part := range tt.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
		})
	}
}

func TestHelpIsGrouped(t *testing.T) {
	var out bytes.Buffer
	if _, err := ParseFlags([]string{"--help"}, &out); !errors.Is(err, pflag.ErrHelp) {
		t.Fatalf("got %v", err)
	}
	// Each flag stands below its title.
	title, under := "", map[string]string{}
	for line := range strings.Lines(out.String()) {
		line = strings.TrimSpace(line)
		if flag, found := strings.CutPrefix(line, "--"); found {
			under[strings.Fields(flag)[0]] = title
		} else if strings.HasSuffix(line, ":") {
			title = strings.TrimSuffix(line, ":")
		}
	}
	want := map[string]string{
		"kubeconfig": "Cluster", "watch-namespaces": "Cluster", "write-endpoints": "Cluster", "enable-references": "Cluster",
		"leader-elect": "Leader election", "leader-election-namespace": "Leader election", "await-leader": "Leader election",
		"min-interval": "Probing", "max-probes-per-second": "Probing", "max-probes-in-flight": "Probing", "max-targets-per-namespace": "Probing", "denied-cidrs": "Probing", "allowed-cidrs": "Probing",
		"cluster-domain":       "Probing",
		"metrics-bind-address": "Metrics, health and log", "metrics-secure": "Metrics, health and log", "metrics-cert-path": "Metrics, health and log",
		"metrics-detail": "Metrics, health and log", "health-probe-bind-address": "Metrics, health and log",
		"log-format": "Metrics, health and log", "log-level": "Metrics, health and log",
	}
	if diff := cmp.Diff(want, under); diff != "" {
		t.Errorf("flags by title (-want +got):\n%s", diff)
	}
}
