package chart

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/external-endpoints/operator/test/framework/cluster"
)

// TestASecondReleaseIsRefused: two operators that look after the same namespaces would write
// the same slices with the same marks, each undoing what the other does. The CRD belongs to
// one release, so that Helm refuses a second one that does not leave it out.
func TestASecondReleaseIsRefused(t *testing.T) {
	r := newReleaseOn(t, cluster.StartAPIServer(t))
	r.Helm(t, "install", releaseName, chartFolder(t))
	fence{admin: r.Client}.stored(t, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "second"}})
	for _, name := range []string{releaseName, "another"} {
		command := exec.CommandContext(t.Context(), r.helm, "install", name, chartFolder(t), "--namespace=second")
		command.Env = append(os.Environ(), "KUBECONFIG="+r.API.Kubeconfig(),
			"HELM_CACHE_HOME="+r.home, "HELM_CONFIG_HOME="+r.home, "HELM_DATA_HOME="+r.home)
		out, err := command.CombinedOutput()
		if err == nil || !strings.Contains(string(out), "invalid ownership metadata") ||
			!strings.Contains(string(out), "externalservices.external-endpoints.io") {
			t.Errorf("a second release %s: %v\n%s", name, err, out)
		}
	}
}
