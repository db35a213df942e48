package cluster

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/external-endpoints/operator/test/framework/controlplane"
	"github.com/external-endpoints/operator/test/framework/host"
	"github.com/external-endpoints/operator/test/framework/network"
	"github.com/external-endpoints/operator/test/framework/programs"
	"github.com/external-endpoints/operator/test/framework/sandbox"
)

// apiServerPort is the usual one; in a sandbox it is always free.
const apiServerPort = 6443

// start starts what needs nothing, then what needs that.
func (c *Cluster) start(ctx context.Context) error {
	if err := c.startNetwork(); err != nil {
		return err
	}
	if err := c.startAPIServer(ctx); err != nil {
		return err
	}
	if err := c.openDoor(); err != nil {
		return err
	}
	if err := c.startHosts(); err != nil {
		return err
	}
	rest, ctx := errgroup.WithContext(ctx)
	fmt.Fprintln(c.options.Log, "starting controllers")
	rest.Go(func() error { return c.plane.StartControllers(ctx) })
	if !c.options.NoProxy {
		fmt.Fprintf(c.options.Log, "starting kube-proxy (%s)\n", c.options.ProxyMode)
		rest.Go(func() error { return c.plane.StartProxy(ctx, c.node, c.options.ProxyMode) })
	}
	if c.options.CoreDNS {
		rest.Go(func() error { return c.plane.StartCoreDNS(ctx, c.node) })
	}
	return rest.Wait()
}

func (c *Cluster) startNetwork() (err error) {
	if !sandbox.Inside() {
		return errors.New("a cluster needs a sandbox: call cluster.Main from TestMain, or cluster.Enter from main")
	}
	if c.network, err = network.New(); err != nil {
		return err
	}
	c.node, err = c.network.AddNode()
	return err
}

func (c *Cluster) startAPIServer(ctx context.Context) error {
	paths, err := c.findPrograms(ctx)
	if err != nil {
		return err
	}
	if c.directory, err = newDirectory("/run"); err != nil {
		return err
	}
	fmt.Fprintf(c.options.Log, "starting etcd and kube-apiserver, logs in %s\n", c.directory)
	c.APIServer, err = newAPIServer(ctx, controlplane.Config{
		Directory:       c.directory,
		Programs:        paths,
		Address:         network.ControlPlaneAddresses().IPv4,
		Port:            apiServerPort,
		EmulatedVersion: c.options.EmulatedVersion,
		Audit:           c.options.AuditLevel,
	})
	return err
}

// findPrograms finds what the options need. Main has built it.
func (c *Cluster) findPrograms(ctx context.Context) (programs.Paths, error) {
	tool := programs.NFT
	if c.options.ProxyMode == controlplane.IPTables {
		tool = programs.IPTables
	}
	if err := tool.Require(); err != nil {
		return nil, err
	}
	wanted := slices.Clone(programs.ControlPlane)
	if c.options.CoreDNS {
		wanted = append(wanted, programs.CoreDNS)
	}
	return programs.Find(ctx, c.options.Log, wanted...)
}

func (c *Cluster) startHosts() error {
	for i, spec := range c.options.Hosts {
		h, err := c.startHost(spec, i)
		if err != nil {
			return err
		}
		fmt.Fprintf(c.options.Log, "outside host %s: %s, %s\n", h.Name, h.IPv4, h.IPv6)
		c.hosts = append(c.hosts, h)
	}
	return nil
}

// startHost starts the host with a number, counted from zero.
func (c *Cluster) startHost(spec host.Spec, index int) (*host.Host, error) {
	machine, err := c.network.AddHost(spec.Name, index)
	if err != nil {
		return nil, err
	}
	return host.Start(machine, spec, c.log(spec.Name))
}

// log is the file for what a process prints.
func (c *Cluster) log(name string) string { return filepath.Join(c.directory, "logs", name+".log") }
