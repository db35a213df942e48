package install

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/external-endpoints/operator/test/framework/cluster"
	"github.com/external-endpoints/operator/test/framework/process"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// Operator is a running operator.
type Operator struct {
	*process.Process
	metrics, health string
}

// Options say how an operator is started beyond what the manifests say.
type Options struct {
	// Name distinguishes several replicas; it is the name of the log.
	Name string
	// Args are further flags; they win over the defaults.
	Args []string
	// Env is added to the environment, "NAME=value".
	Env []string
	// Program is another operator than bin/external-endpoints.
	Program string
	// NotReady: do not wait until the operator is ready.
	NotReady bool
}

// Start runs bin/external-endpoints in the control plane's namespace, under the
// rights of the installed service account, and waits until it is ready.
func Start(ctx context.Context, c *cluster.Cluster, o Options) (*Operator, error) {
	root, err := Root()
	if err != nil {
		return nil, err
	}
	kubeconfig, err := c.KubeconfigFor(ctx, Namespace, ServiceAccount)
	if err != nil {
		return nil, err
	}
	operator := &Operator{}
	if operator.metrics, err = FreeAddress(); err != nil {
		return nil, err
	}
	if operator.health, err = FreeAddress(); err != nil {
		return nil, err
	}
	if o.Name == "" {
		o.Name = "operator"
	}
	operator.Process, err = c.Run(process.Spec{
		Name: o.Name,
		Path: cmp.Or(o.Program, filepath.Join(root, "bin", "external-endpoints")),
		Env:  o.Env,
		Args: append([]string{
			"--kubeconfig=" + kubeconfig,
			"--leader-election-namespace=" + Namespace,
			"--metrics-secure=false",
			"--metrics-bind-address=" + operator.metrics,
			"--health-probe-bind-address=" + operator.health,
			"--log-format=text",
		}, o.Args...),
	})
	if err != nil {
		return nil, fmt.Errorf("start the operator (is bin/external-endpoints built?): %w", err)
	}
	if o.NotReady {
		return operator, nil
	}
	return operator, operator.awaitReady(ctx)
}

// Addresses are where the operator listens, host and port: metrics, then health.
func (o *Operator) Addresses() []string { return []string{o.metrics, o.health} }

// Ready returns nil when the operator says that it is ready.
func (o *Operator) Ready(ctx context.Context) error {
	_, err := get(ctx, "http://"+o.health+"/readyz")
	return err
}

// Alive returns nil when the liveness check passes.
func (o *Operator) Alive(ctx context.Context) error {
	_, err := get(ctx, "http://"+o.health+"/healthz")
	return err
}

func (o *Operator) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, waits.Timeout)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := o.Ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-o.Done():
			return fmt.Errorf("the operator ended before it was ready:\n%s", o.LogTail(20))
		case <-ctx.Done():
			return fmt.Errorf("the operator is not ready within %s: %w\n%s", waits.Timeout, err, o.LogTail(20))
		}
	}
}

func get(ctx context.Context, url string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return "", err
	}
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s answers %s: %s", url, response.Status, strings.TrimSpace(string(body)))
	}
	return string(body), nil
}
