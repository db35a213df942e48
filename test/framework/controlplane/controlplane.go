package controlplane

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"sync"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/external-endpoints/operator/test/framework/process"
)

// ControlPlane is a running one.
type ControlPlane struct {
	config    Config
	url       string
	authority *authority
	admin     *rest.Config
	client    kubernetes.Interface

	mu    sync.Mutex         // some parts start at the same time
	parts []*process.Process // in the order of their start
}

// Start starts etcd and the API server and returns when that is ready. On an
// error nothing is left running.
func Start(ctx context.Context, config Config) (*ControlPlane, error) {
	c := &ControlPlane{
		config: config,
		url:    "https://" + net.JoinHostPort(config.Address.String(), strconv.Itoa(int(config.Port))),
	}
	if err := c.start(ctx); err != nil {
		c.Stop()
		return nil, err
	}
	return c, nil
}

func (c *ControlPlane) start(ctx context.Context) error {
	if err := c.prepare(); err != nil {
		return err
	}
	if err := c.run(etcd(c.config)); err != nil {
		return err
	}
	if err := c.run(apiServer(c.config)); err != nil {
		return err
	}
	return process.Await(ctx, "the API server", func(ctx context.Context) error {
		return c.client.CoreV1().RESTClient().Get().AbsPath("/readyz").MaxRetries(0).Do(ctx).Error()
	}, c.Processes()...)
}

// prepare writes the files that the programs read.
func (c *ControlPlane) prepare() (err error) {
	if c.authority, err = newAuthority(); err != nil {
		return err
	}
	addresses := []netip.Addr{c.config.Address, netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("10.96.0.1")}
	var names []net.IP
	for _, address := range addresses {
		names = append(names, address.AsSlice())
	}
	serving, err := c.authority.server(names...)
	if err != nil {
		return err
	}
	_, accountKey, err := newKey()
	if err != nil {
		return err
	}
	for name, content := range map[string][]byte{
		authorityFile:   c.authority.pem(),
		servingFile:     serving.certificate,
		servingKeyFile:  serving.key,
		accountKeyFile:  accountKey,
		auditPolicyFile: []byte(c.config.Audit.policy()),
	} {
		if err := os.WriteFile(c.config.file(name), content, 0o600); err != nil {
			return fmt.Errorf("preparing the control plane: %w", err)
		}
	}
	if c.admin, err = c.ConfigFor("admin", "system:masters"); err != nil {
		return err
	}
	if c.client, err = kubernetes.NewForConfig(c.admin); err != nil {
		return fmt.Errorf("making the admin's client: %w", err)
	}
	return nil
}

// run starts a part and keeps it.
func (c *ControlPlane) run(spec process.Spec) error {
	part, err := process.Start(spec)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.parts = append(c.parts, part)
	return nil
}

// Admin may do everything.
func (c *ControlPlane) Admin() *rest.Config { return rest.CopyConfig(c.admin) }

// AuditLog is the API server's audit log.
func (c *ControlPlane) AuditLog() string { return c.config.file(auditLogFile) }

// Processes are the parts that have been started, in their order.
func (c *ControlPlane) Processes() []*process.Process {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.parts)
}

// Stop stops everything, what depends on others first. What has not started
// is fine.
func (c *ControlPlane) Stop() {
	for _, part := range slices.Backward(c.Processes()) {
		// The state is not needed, so there is no graceful end.
		_ = part.Kill()
	}
}
