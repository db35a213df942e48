package operator

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/external-endpoints/operator/probes/addresspolicy"
)

// section is a group of flags as --help shows it.
type section struct {
	title string
	flags *pflag.FlagSet
}

// rawOptions holds flags that are checked before they become Options.
type rawOptions struct{ denied, allowed []string }

// ParseFlags reads the command line. Every error names the flag and what it must
// be. With --help the usage goes to out and the error is pflag.ErrHelp.
func ParseFlags(arguments []string, out io.Writer) (Options, error) {
	var o Options
	var raw rawOptions
	sections := sectionsFor(&o, &raw)
	all := pflag.NewFlagSet("external-endpoints", pflag.ContinueOnError)
	all.SortFlags = false
	for _, s := range sections {
		all.AddFlagSet(s.flags)
	}
	all.Usage = func() { printUsage(out, sections) }
	if err := all.Parse(arguments); err != nil {
		return Options{}, err
	}
	if all.NArg() > 0 {
		return Options{}, fmt.Errorf("unexpected argument %q: must be a flag", all.Arg(0))
	}
	return o, o.complete(raw)
}

func sectionsFor(o *Options, raw *rawOptions) []section {
	cluster := pflag.NewFlagSet("Cluster", pflag.ContinueOnError)
	cluster.StringVar(&o.Kubeconfig, "kubeconfig", "", "path of a kubeconfig; inside a cluster it is not needed")
	cluster.StringSliceVar(&o.WatchNamespaces, "watch-namespaces", nil, "namespaces to look after (comma separated); all when empty")
	cluster.BoolVar(&o.WriteEndpoints, "write-endpoints", true,
		"write v1 Endpoints beside EndpointSlices, for the objects that want them")
	cluster.BoolVar(&o.EnableReferences, "enable-references", false,
		"let checks refer to Secrets and ConfigMaps labelled external-endpoints.io/probe: \"true\"; needs the rights of config/references")

	leader := pflag.NewFlagSet("Leader election", pflag.ContinueOnError)
	leader.BoolVar(&o.LeaderElect, "leader-elect", true, "of several copies only the holder of a lease probes and writes")
	leader.StringVar(&o.LeaderElectionNamespace, "leader-election-namespace", "",
		"namespace of the lease; inside a cluster the operator's own when empty")
	leader.BoolVar(&o.AwaitLeader, "await-leader", false,
		"instead of running the operator wait until a running one renews the lease, for half a minute at most; what helm test does")

	probing := pflag.NewFlagSet("Probing", pflag.ContinueOnError)
	probing.DurationVar(&o.MinInterval, "min-interval", 100*time.Millisecond,
		"shortest interval between two probes of a target; shorter ones are lengthened to it")
	probing.IntVar(&o.MaxProbesPerSecond, "max-probes-per-second", 0, "most probes to start in a second; 0: no limit")
	probing.IntVar(&o.MaxProbesInFlight, "max-probes-in-flight", 0,
		"most probes that run at the same time, of which each namespace gets a share; 0: as many as memory and file "+
			"descriptors allow, logged at start")
	probing.IntVar(&o.MaxTargetsPerNamespace, "max-targets-per-namespace", 20000,
		"most targets (address, port and check) that the ExternalServices of a namespace may have together, the older ones first; 0: no limit")
	probing.StringSliceVar(&raw.denied, "denied-cidrs", nil,
		"ranges in which no host is probed or published (comma separated), beside those that never are and the "+
			"cluster's own, which are read from ServiceCIDRs and Nodes where the operator may")
	probing.StringSliceVar(&raw.allowed, "allowed-cidrs", nil,
		"exceptions from --denied-cidrs and from the cluster's own ranges (comma separated)")
	probing.StringVar(&o.ClusterDomain, "cluster-domain", addresspolicy.DefaultClusterDomain,
		"DNS domain of the cluster; names in it are denied as hosts, and so are names outside that lead into it")

	watching := pflag.NewFlagSet("Metrics, health and log", pflag.ContinueOnError)
	watching.StringVar(&o.MetricsBindAddress, "metrics-bind-address", ":8443", "address of the metrics endpoint; 0 turns it off")
	watching.BoolVar(&o.MetricsSecure, "metrics-secure", true,
		"serve metrics over TLS, to those that the API server authenticates and authorizes")
	watching.StringVar(&o.MetricsCertPath, "metrics-cert-path", "",
		"directory of tls.crt and tls.key for --metrics-secure, read again when they change; when empty, each process makes "+
			"a certificate that no client can verify")
	watching.StringVar(&o.MetricsDetail, "metrics-detail", DetailEndpoint,
		"resource: series for each object; endpoint: also for each of its hosts and ports")
	watching.StringVar(&o.HealthProbeBindAddress, "health-probe-bind-address", ":8081", "address of /healthz and /readyz; 0 turns them off")
	watching.StringVar(&o.LogFormat, "log-format", LogJSON, "json or text")
	watching.StringVar(&o.LogLevel, "log-level", "info", "debug, info, warn or error")

	return []section{
		{"Cluster", cluster}, {"Leader election", leader}, {"Probing", probing}, {"Metrics, health and log", watching},
	}
}

func printUsage(out io.Writer, sections []section) {
	fmt.Fprint(out, "external-endpoints checks hosts outside the cluster and publishes the healthy ones behind Services.\n")
	for _, s := range sections {
		s.flags.SortFlags = false
		fmt.Fprintf(out, "\n%s:\n%s", s.title, s.flags.FlagUsages())
	}
}

// complete checks what pflag cannot.
func (o *Options) complete(raw rawOptions) error {
	var deniedErr, allowedErr error
	o.DeniedCIDRs, deniedErr = parsePrefixes("--denied-cidrs", raw.denied)
	o.AllowedCIDRs, allowedErr = parsePrefixes("--allowed-cidrs", raw.allowed)
	var namespaceErrs []error
	for i, namespace := range o.WatchNamespaces {
		o.WatchNamespaces[i] = strings.TrimSpace(namespace)
		namespaceErrs = append(namespaceErrs, namespaceName("--watch-namespaces", o.WatchNamespaces[i]))
	}
	if o.LeaderElectionNamespace != "" {
		namespaceErrs = append(namespaceErrs, namespaceName("--leader-election-namespace", o.LeaderElectionNamespace))
	}
	return errors.Join(deniedErr, allowedErr, errors.Join(namespaceErrs...),
		domainName("--cluster-domain", o.ClusterDomain),
		bindAddress("--metrics-bind-address", o.MetricsBindAddress),
		bindAddress("--health-probe-bind-address", o.HealthProbeBindAddress),
		oneOf("--metrics-detail", o.MetricsDetail, DetailResource, DetailEndpoint),
		oneOf("--log-format", o.LogFormat, LogJSON, LogText),
		oneOf("--log-level", o.LogLevel, "debug", "info", "warn", "error"),
		atLeast("--min-interval", o.MinInterval, 100*time.Millisecond),
		atLeast("--max-probes-per-second", o.MaxProbesPerSecond, 0),
		zeroOrAtLeast("--max-probes-in-flight", o.MaxProbesInFlight, leastInFlight),
		atLeast("--max-targets-per-namespace", o.MaxTargetsPerNamespace, 0),
	)
}

func parsePrefixes(flag string, texts []string) ([]netip.Prefix, error) {
	var prefixes []netip.Prefix
	for _, text := range texts {
		prefix, err := netip.ParsePrefix(strings.TrimSpace(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %q must be a range such as 10.0.0.0/8 or fd00::/8", flag, text)
		}
		prefixes = append(prefixes, prefix.Masked())
	}
	return prefixes, nil
}

// namespaceName refuses what is no namespace, the empty name first of all: to the
// cache it means all of them.
func namespaceName(flag, value string) error {
	if len(validation.IsDNS1123Label(value)) == 0 {
		return nil
	}
	return fmt.Errorf("%s: %q must be the name of a namespace", flag, value)
}

// domainName refuses what is no DNS domain: no name would be denied for its sake.
func domainName(flag, value string) error {
	if len(validation.IsDNS1123Subdomain(value)) == 0 {
		return nil
	}
	return fmt.Errorf("%s: %q must be a DNS domain such as cluster.local", flag, value)
}

func bindAddress(flag, value string) error {
	if value == "0" {
		return nil
	}
	_, port, err := net.SplitHostPort(value)
	if _, outside := strconv.ParseUint(port, 10, 16); err != nil || outside != nil {
		return fmt.Errorf("%s: %q must be an address and port such as :8443, or 0 for none", flag, value)
	}
	return nil
}

func oneOf(flag, value string, allowed ...string) error {
	if slices.Contains(allowed, value) {
		return nil
	}
	return fmt.Errorf("%s: %q must be one of %s", flag, value, strings.Join(allowed, ", "))
}

func atLeast[T int | time.Duration](flag string, value, least T) error {
	if value >= least {
		return nil
	}
	return fmt.Errorf("%s: %v must be at least %v", flag, value, least)
}

func zeroOrAtLeast(flag string, value, least int) error {
	if value == 0 || value >= least {
		return nil
	}
	return fmt.Errorf("%s: %d must be 0 or at least %d", flag, value, least)
}
