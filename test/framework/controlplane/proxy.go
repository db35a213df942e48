package controlplane

import (
	"context"
	"fmt"
	"net"
	"net/http"

	"github.com/external-endpoints/operator/test/framework/network"
	"github.com/external-endpoints/operator/test/framework/process"
	"github.com/external-endpoints/operator/test/framework/programs"
)

// ProxyMode is what kube-proxy forwards with.
type ProxyMode string

// The modes. IPVS is not in every kernel.
const (
	NFTables ProxyMode = "nftables"
	IPTables ProxyMode = "iptables"
)

// StartProxy starts kube-proxy on a node and returns when it has written its
// first rules.
func (c *ControlPlane) StartProxy(ctx context.Context, on *network.Machine, mode ProxyMode) error {
	if err := c.registerNode(ctx, on); err != nil {
		return err
	}
	config, err := c.ConfigFor("system:kube-proxy")
	if err != nil {
		return err
	}
	kubeconfig, err := c.WriteKubeconfig("kube-proxy", config)
	if err != nil {
		return err
	}
	err = c.run(process.Spec{
		Name: string(programs.Proxy),
		Path: c.config.Programs[programs.Proxy],
		Log:  c.config.log("kube-proxy"),
		In:   on,
		Args: []string{
			"--kubeconfig=" + kubeconfig,
			"--hostname-override=" + on.Name,
			"--proxy-mode=" + string(mode),
			// Only the machine's own root may set these kernel parameters;
			// zero leaves them alone.
			"--conntrack-max-per-core=0",
			"--conntrack-tcp-timeout-established=0",
			"--conntrack-tcp-timeout-close-wait=0",
		},
	})
	if err != nil {
		return err
	}
	return process.Await(ctx, "kube-proxy", healthy(net.JoinHostPort(on.IPv4.String(), "10256"), "/healthz"), c.Processes()...)
}

// healthy requests an HTTP health endpoint.
func healthy(address, path string) func(context.Context) error {
	return func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+path, http.NoBody)
		if err != nil {
			return err
		}
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			return fmt.Errorf("%s answers %s", request.URL, answer.Status)
		}
		return nil
	}
}
