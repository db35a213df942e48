package chart

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/test/framework"
	"github.com/external-endpoints/operator/test/framework/cluster"
	"github.com/external-endpoints/operator/test/framework/install"
	"github.com/external-endpoints/operator/test/framework/programs"
)

// Release is the chart in a cluster.
type Release struct {
	API    *cluster.APIServer
	Client client.Client
	// Cluster is nil where there is just an API server.
	Cluster *cluster.Cluster

	helm, home string
}

// newRelease starts a cluster for a release.
func newRelease(t *testing.T) *Release {
	t.Helper()
	started := cluster.Start(t, cluster.Options{})
	r := newReleaseOn(t, started.APIServer)
	r.Cluster = started
	return r
}

// newReleaseOn makes the namespaces that a test needs, the operator's own with the
// strictest standard that Kubernetes has for Pods.
func newReleaseOn(t *testing.T, api *cluster.APIServer) *Release {
	t.Helper()
	r := &Release{API: api, home: t.TempDir()}
	paths, err := programs.Find(context.Background(), os.Stderr, programs.Helm)
	if err != nil {
		t.Fatal(err)
	}
	r.helm = paths[programs.Helm]
	r.Client = newClient(t, r.API.Admin())
	for name, labels := range map[string]map[string]string{
		systemNamespace: {"pod-security.kubernetes.io/enforce": "restricted"},
		shop:            nil,
	} {
		namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels}}
		if err := r.Client.Create(t.Context(), namespace); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

func newClient(t *testing.T, config *rest.Config) client.Client {
	t.Helper()
	c, err := framework.NewClient(config)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// chartFolder is the chart as it is in the tree.
func chartFolder(t *testing.T) string {
	t.Helper()
	root, err := install.Root()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(root, "charts", "external-endpoints")
}

// Helm runs Helm as the cluster's administrator and returns what it prints.
func (r *Release) Helm(t *testing.T, args ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), r.helm, append(args, "--namespace="+systemNamespace)...)
	command.Env = append(os.Environ(), "KUBECONFIG="+r.API.Kubeconfig(),
		"HELM_CACHE_HOME="+r.home, "HELM_CONFIG_HOME="+r.home, "HELM_DATA_HOME="+r.home)
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("helm %v: %v\n%s", args, err, out)
	}
	return string(out)
}

// Container is the operator's container as the installed Deployment has it.
func (r *Release) Container(t *testing.T) corev1.Container {
	t.Helper()
	return r.Template(t).Spec.Containers[0]
}

// Template is the operator's Pod as the installed Deployment has it.
func (r *Release) Template(t *testing.T) corev1.PodTemplateSpec {
	t.Helper()
	var deployment appsv1.Deployment
	if err := r.Client.Get(t.Context(), client.ObjectKey{Namespace: systemNamespace, Name: releaseName}, &deployment); err != nil {
		t.Fatal(err)
	}
	return deployment.Spec.Template
}
