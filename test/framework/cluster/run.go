package cluster

import (
	"context"
	"fmt"

	"github.com/external-endpoints/operator/test/framework/history"
	"github.com/external-endpoints/operator/test/framework/load"
	"github.com/external-endpoints/operator/test/framework/process"
)

// Run starts any program, such as the operator, beside the control plane: it
// reaches the API server and all hosts. It stops with the cluster. Without a
// log file given its output goes to one named after it.
func (c *Cluster) Run(spec process.Spec) (*process.Process, error) {
	if spec.Log == "" {
		spec.Log = c.log(spec.Name)
	}
	p, err := process.Start(spec)
	if err != nil {
		return nil, err
	}
	c.others = append(c.others, p)
	return p, nil
}

// Load starts a client on the node, where ClusterIPs and node ports work. It
// stops with the cluster unless it was stopped before.
func (c *Cluster) Load(spec load.Spec) (*load.Load, error) {
	l, err := load.Start(spec, c.node, c.log("load"))
	if err != nil {
		return nil, err
	}
	c.loads = append(c.loads, l)
	return l, nil
}

// RecordSlices records what becomes of a Service's EndpointSlices, until the
// context ends.
func (c *Cluster) RecordSlices(ctx context.Context, namespace, service string) (*history.Slices, error) {
	return history.Record(ctx, c.Admin(), namespace, service)
}

// Nameserver is where CoreDNS answers for cluster.local, if there is one.
func (c *Cluster) Nameserver() string { return fmt.Sprintf("%s:53", c.node.IPv4) }
