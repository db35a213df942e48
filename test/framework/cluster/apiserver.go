package cluster

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"k8s.io/client-go/rest"

	"github.com/external-endpoints/operator/test/framework/audit"
	"github.com/external-endpoints/operator/test/framework/controlplane"
	"github.com/external-endpoints/operator/test/framework/process"
	"github.com/external-endpoints/operator/test/framework/programs"
)

// APIServer is a real API server with its etcd, as an administrator has it.
type APIServer struct {
	plane      *controlplane.ControlPlane
	directory  string
	kubeconfig string
	kubectl    string
}

// newAPIServer starts one. Its directory is removed by Stop.
func newAPIServer(ctx context.Context, config controlplane.Config) (*APIServer, error) {
	plane, err := controlplane.Start(ctx, config)
	if err != nil {
		return nil, err
	}
	a := &APIServer{plane: plane, directory: config.Directory, kubectl: config.Programs[programs.Kubectl]}
	if a.kubeconfig, err = plane.WriteKubeconfig("admin", plane.Admin()); err != nil {
		plane.Stop()
		return nil, err
	}
	return a, nil
}

// Admin is a client configuration that may do everything.
func (a *APIServer) Admin() *rest.Config { return a.plane.Admin() }

// Kubeconfig is the path of a file with the same.
func (a *APIServer) Kubeconfig() string { return a.kubeconfig }

// Audit is the log of every request to the API server.
func (a *APIServer) Audit() audit.Log { return audit.Log(a.plane.AuditLog()) }

// Process finds a part of the control plane by its program's name, nil if
// there is none.
func (a *APIServer) Process(name programs.Name) *process.Process {
	for _, part := range a.plane.Processes() {
		if part.Name() == string(name) {
			return part
		}
	}
	return nil
}

// Kubectl runs kubectl as the administrator and returns what it prints.
func (a *APIServer) Kubectl(arguments ...string) (string, error) {
	return a.runKubectl("", arguments...)
}

// Apply applies manifests in YAML, by server-side apply.
func (a *APIServer) Apply(manifests string) error {
	_, err := a.runKubectl(manifests, "apply", "--server-side", "--filename=-")
	return err
}

func (a *APIServer) runKubectl(input string, arguments ...string) (string, error) {
	command := exec.Command(a.kubectl, arguments...)
	command.Env = append(os.Environ(),
		"KUBECONFIG="+a.kubeconfig,
		"KUBECACHEDIR="+filepath.Join(a.directory, "kubectl"), // the user's own knows other clusters
	)
	command.Stdin = strings.NewReader(input)
	output, err := command.CombinedOutput()
	if err != nil {
		return string(output), fmt.Errorf("kubectl %s: %w: %s", strings.Join(arguments, " "), err, output)
	}
	return string(output), nil
}

// Stop ends the API server and removes its files.
func (a *APIServer) Stop() error {
	a.plane.Stop()
	return removeDirectory(a.directory)
}
