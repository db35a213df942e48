package controlplane

import (
	"net/netip"
	"path/filepath"

	"github.com/external-endpoints/operator/test/framework/programs"
)

// ServiceCIDRs are what Services get their addresses from.
const ServiceCIDRs = "10.96.0.0/16,fd00:10:96::/112"

// Config says what control plane to run.
type Config struct {
	// Directory holds everything: keys, logs, etcd's data.
	Directory string
	Programs  programs.Paths
	// Address and Port is where the API server listens.
	Address netip.Addr
	Port    uint16
	// EmulatedVersion, as 1.34, has the API server behave as an older one.
	EmulatedVersion string
	// AdmissionPlugins are on beside those that always are.
	AdmissionPlugins []string
	// Audit is what is kept of writes; of reads it is their metadata.
	Audit AuditLevel
}

func (c Config) file(name string) string { return filepath.Join(c.Directory, name) }

func (c Config) log(name string) string { return filepath.Join(c.Directory, "logs", name+".log") }
