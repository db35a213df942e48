package cluster

import (
	"errors"
	"net"
	"strconv"

	"github.com/external-endpoints/operator/test/framework/controlplane"
	"github.com/external-endpoints/operator/test/framework/network"
	"github.com/external-endpoints/operator/test/framework/sandbox"
)

// openDoor lets callers from outside the sandbox reach the API server, if the
// options say so.
func (c *Cluster) openDoor() (err error) {
	if c.options.Reachable {
		inside := net.JoinHostPort(network.ControlPlaneAddresses().IPv4.String(), strconv.Itoa(apiServerPort))
		c.door, err = sandbox.OpenDoor(inside)
	}
	return err
}

// WriteOutsideKubeconfig writes a kubeconfig for the administrator that works
// on the machine outside the sandbox, as long as the cluster is there. The
// cluster must be Reachable.
func (c *Cluster) WriteOutsideKubeconfig(path string) error {
	if c.door == nil {
		return errors.New("the cluster cannot be reached from outside: set Options.Reachable")
	}
	config := c.Admin()
	config.Host = "https://" + c.door.Address()
	return controlplane.WriteKubeconfig(path, config)
}
