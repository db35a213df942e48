package install

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/external-endpoints/operator/test/framework/cluster"
)

const (
	// Namespace is where the manifests put the operator.
	Namespace = "external-endpoints-system"
	// ServiceAccount is whose rights it has.
	ServiceAccount = "external-endpoints"
)

// Manifests applies config/default and waits until the API server serves the kind.
// The Deployment stays without Pods, for there is no kubelet: Start runs the
// operator in its place.
func Manifests(c *cluster.Cluster) error {
	root, err := Root()
	if err != nil {
		return err
	}
	if out, err := c.Kubectl("apply", "--server-side", "-k", filepath.Join(root, "config", "default")); err != nil {
		return fmt.Errorf("apply config/default: %w\n%s", err, out)
	}
	out, err := c.Kubectl("wait", "--for=condition=Established", "--timeout=30s", "crd/externalservices.external-endpoints.io")
	if err != nil {
		return fmt.Errorf("wait for the CRD: %w\n%s", err, out)
	}
	return nil
}

// Root is the project's folder.
func Root() (string, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/external-endpoints/operator").Output()
	if err != nil {
		return "", fmt.Errorf("find the module's folder: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}
