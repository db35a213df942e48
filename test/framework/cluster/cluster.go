package cluster

import (
	"context"
	"errors"
	"slices"

	"github.com/external-endpoints/operator/test/framework/host"
	"github.com/external-endpoints/operator/test/framework/load"
	"github.com/external-endpoints/operator/test/framework/network"
	"github.com/external-endpoints/operator/test/framework/process"
	"github.com/external-endpoints/operator/test/framework/sandbox"
)

// Cluster is a running cluster and the world around it.
type Cluster struct {
	*APIServer

	options   Options
	directory string
	network   *network.Network
	node      *network.Machine
	hosts     []*host.Host
	added     []*host.Host       // by AddHost
	others    []*process.Process // started by Run
	loads     []*load.Load
	door      *sandbox.Door
}

// New starts a cluster, in a sandbox; see Main and Enter. It returns when
// everything is ready. There is one cluster at a time in a sandbox.
func New(ctx context.Context, options Options) (*Cluster, error) {
	c := &Cluster{options: options.withDefaults()}
	if err := c.start(ctx); err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	return c, nil
}

// Stop ends everything, in the order of their dependencies. Doing it twice is
// fine.
func (c *Cluster) Stop() error {
	var all []error
	for _, l := range c.loads {
		all = append(all, l.Kill())
	}
	for _, other := range slices.Backward(c.others) {
		all = append(all, other.Stop())
	}
	for _, h := range append(c.Hosts(), c.added...) {
		all = append(all, h.Stop())
	}
	if c.door != nil {
		all = append(all, c.door.Close())
	}
	if c.APIServer != nil {
		all = append(all, c.APIServer.Stop())
	}
	if c.network != nil {
		all = append(all, c.network.Close())
	}
	c.loads, c.others, c.hosts, c.added, c.door, c.network = nil, nil, nil, nil, nil, nil
	return errors.Join(all...)
}

// Hosts are the outside hosts, in the order of the Options.
func (c *Cluster) Hosts() []*host.Host { return slices.Clone(c.hosts) }

// Host finds an outside host by its name. It panics if there is none, which
// is a mistake in the test.
func (c *Cluster) Host(name string) *host.Host {
	for _, h := range c.hosts {
		if h.Name == name {
			return h
		}
	}
	panic("the cluster has no outside host " + name)
}

// AddHost adds an outside host to a running cluster, for a test that needs more of
// them than other tests: it is not among Hosts, and its faults are undone by
// the test that adds it. It stops with the cluster.
func (c *Cluster) AddHost(spec host.Spec) (*host.Host, error) {
	h, err := c.startHost(spec, len(c.hosts)+len(c.added))
	if err == nil {
		c.added = append(c.added, h)
	}
	return h, err
}

// Node is the machine with kube-proxy and the clients.
func (c *Cluster) Node() *network.Machine { return c.node }

// Isolate cuts the control plane's namespace, where the operator runs, off
// from all outside hosts, while clients on the node still reach them.
func (c *Cluster) Isolate() error { return c.network.Isolate() }

// Rejoin undoes Isolate.
func (c *Cluster) Rejoin() error { return c.network.Rejoin() }
