package operator

import (
	"net/netip"
	"time"
)

// Options are the operator's command-line flags.
type Options struct {
	Kubeconfig      string
	WatchNamespaces []string
	// EnableReferences lets checks refer to labelled Secrets and ConfigMaps.
	EnableReferences bool

	LeaderElect             bool
	LeaderElectionNamespace string
	// AwaitLeader: do not run, but look whether another copy does; see AwaitLeader.
	AwaitLeader bool

	MetricsBindAddress string
	MetricsSecure      bool
	// MetricsCertPath is the folder of tls.crt and tls.key; a certificate of the process's own when empty.
	MetricsCertPath        string
	MetricsDetail          string
	HealthProbeBindAddress string

	DeniedCIDRs  []netip.Prefix
	AllowedCIDRs []netip.Prefix

	// ClusterDomain is the DNS domain of the cluster, whose names are denied.
	ClusterDomain string

	MinInterval        time.Duration
	MaxProbesPerSecond int
	// MaxProbesInFlight bounds the probes that run at the same time; 0: by memory and descriptors.
	MaxProbesInFlight int
	WriteEndpoints    bool
	// MaxTargetsPerNamespace; 0: no limit.
	MaxTargetsPerNamespace int

	LogFormat string
	LogLevel  string
}

const (
	// DetailResource keeps metrics to one series for each object.
	DetailResource = "resource"
	// DetailEndpoint adds one series for each host and port.
	DetailEndpoint = "endpoint"

	// LogJSON and LogText are the forms of the log.
	LogJSON = "json"
	LogText = "text"
)
