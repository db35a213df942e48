package controlplane

import (
	"context"
	"fmt"
	"net"
	"os"

	"github.com/external-endpoints/operator/test/framework/network"
	"github.com/external-endpoints/operator/test/framework/process"
	"github.com/external-endpoints/operator/test/framework/programs"
)

// corefile serves cluster.local on the node; it takes an address twice and a
// kubeconfig.
const corefile = `cluster.local:53 {
	bind %[1]s
	errors
	ready %[1]s:8181
	kubernetes cluster.local {
		kubeconfig %[2]s
	}
}
`

// StartCoreDNS starts the cluster's name server on a node, at port 53 of its
// address, and returns when it knows all Services. It reads as the admin:
// its rights are not what tests are about.
func (c *ControlPlane) StartCoreDNS(ctx context.Context, on *network.Machine) error {
	kubeconfig, err := c.WriteKubeconfig("coredns", c.admin)
	if err != nil {
		return err
	}
	file := c.config.file("Corefile")
	if err := os.WriteFile(file, fmt.Appendf(nil, corefile, on.IPv4, kubeconfig), 0o600); err != nil {
		return fmt.Errorf("configuring CoreDNS: %w", err)
	}
	err = c.run(process.Spec{
		Name: string(programs.CoreDNS),
		Path: c.config.Programs[programs.CoreDNS],
		Log:  c.config.log("coredns"),
		In:   on,
		Args: []string{"-conf", file},
	})
	if err != nil {
		return err
	}
	return process.Await(ctx, "CoreDNS", healthy(net.JoinHostPort(on.IPv4.String(), "8181"), "/ready"), c.Processes()...)
}
