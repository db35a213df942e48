package chart

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/external-endpoints/operator/test/framework/install"
	"github.com/external-endpoints/operator/test/framework/process"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// StartOperator runs the operator as the installed Deployment says: with its
// arguments, its environment and the token of its service account. The only thing
// that is added is where the API server is.
func (r *Release) StartOperator(t *testing.T, name string) *process.Process {
	t.Helper()
	root, err := install.Root()
	if err != nil {
		t.Fatal(err)
	}
	template := r.Template(t)
	kubeconfig, err := r.API.KubeconfigFor(t.Context(), systemNamespace, template.Spec.ServiceAccountName)
	if err != nil {
		t.Fatal(err)
	}
	container := template.Spec.Containers[0]
	spec := process.Spec{
		Name: name,
		Path: filepath.Join(root, "bin", "external-endpoints"),
		Args: container.Args,
		Env:  []string{"KUBECONFIG=" + kubeconfig},
	}
	for _, variable := range container.Env {
		spec.Env = append(spec.Env, variable.Name+"="+variable.Value)
	}
	operator, err := r.Cluster.Run(spec)
	if err != nil {
		t.Fatal(err)
	}
	health := fmt.Sprintf("http://127.0.0.1:%d%s", container.Ports[len(container.Ports)-1].ContainerPort, container.ReadinessProbe.HTTPGet.Path)
	eventually(t, "the operator's readiness", func(ctx context.Context) error {
		_, err := get(ctx, health, "")
		return err
	}, operator)
	return operator
}

// test does what the Pod of helm test would, which nobody runs here: its arguments, under
// its account.
func (r *Release) test(t *testing.T, within time.Duration) (string, error) {
	t.Helper()
	var pod corev1.Pod
	if err := yaml.UnmarshalStrict([]byte(r.Helm(t, "get", "hooks", releaseName)), &pod); err != nil {
		t.Fatal(err)
	}
	if pod.Annotations["helm.sh/hook"] != "test" || len(pod.Spec.Containers) != 1 {
		t.Fatalf("it is no Pod of helm test: %+v", pod)
	}
	root, err := install.Root()
	if err != nil {
		t.Fatal(err)
	}
	kubeconfig, err := r.API.KubeconfigFor(t.Context(), systemNamespace, pod.Spec.ServiceAccountName)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	command := exec.CommandContext(ctx, filepath.Join(root, "bin", "external-endpoints"), pod.Spec.Containers[0].Args...)
	command.Env = []string{"KUBECONFIG=" + kubeconfig}
	out, err := command.CombinedOutput()
	return string(out), err
}

// eventually waits until check returns nil, and fails when it does not in time.
func eventually(t *testing.T, what string, check func(context.Context) error, on ...*process.Process) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), waits.Timeout)
	defer cancel()
	if err := process.Await(ctx, what, check, on...); err != nil {
		t.Fatal(err)
	}
}

// get returns what a URL is answered with. The operator makes its own certificate.
func get(ctx context.Context, url, token string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return "", err
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}
	response, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answers %s", url, response.Status)
	}
	return string(body), err
}
