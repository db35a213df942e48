package cluster

import (
	"fmt"
	"io"

	"github.com/external-endpoints/operator/test/framework/controlplane"
	"github.com/external-endpoints/operator/test/framework/host"
)

// Options says what cluster to run. The zero value is one with three hosts.
type Options struct {
	// Hosts are the outside hosts, three if nil. The first has the addresses
	// 192.0.2.101 and 2001:db8::101, and so on.
	Hosts []host.Spec
	// ProxyMode is kube-proxy's, nftables unless said otherwise.
	ProxyMode controlplane.ProxyMode
	// NoProxy leaves kube-proxy out, for measurements that it would only disturb:
	// Services get no traffic then.
	NoProxy bool
	// CoreDNS starts the cluster's name server too. Main must be called with it.
	CoreDNS bool
	// EmulatedVersion, as 1.34, has the API server behave as an older one.
	EmulatedVersion string
	// AuditLevel is metadata unless said otherwise.
	AuditLevel controlplane.AuditLevel
	// Reachable opens the API server to the machine outside the sandbox; see
	// OutsideKubeconfig.
	Reachable bool
	// Log reports what is being started; nil: no report.
	Log io.Writer
}

// Hosts are n hosts with the default ports, named host-1, host-2 and so on.
func Hosts(n int) []host.Spec {
	specs := make([]host.Spec, n)
	for i := range specs {
		specs[i] = host.Spec{Name: fmt.Sprintf("host-%d", i+1), Ports: host.DefaultPorts()}
	}
	return specs
}

func (o Options) withDefaults() Options {
	if o.Hosts == nil {
		o.Hosts = Hosts(3)
	}
	if o.ProxyMode == "" {
		o.ProxyMode = controlplane.NFTables
	}
	if o.AuditLevel == "" {
		o.AuditLevel = controlplane.AuditMetadata
	}
	if o.Log == nil {
		o.Log = io.Discard
	}
	return o
}
