package programs

import (
	"os"
	"regexp"
	"testing"
)

// The version that the programs are stamped with is the one they are made of.
func TestKubernetesVersionMatchesModule(t *testing.T) {
	content, err := os.ReadFile("kube/go.mod")
	if err != nil {
		t.Fatal(err)
	}
	required := regexp.MustCompile(`(?m)^\s+k8s\.io/kubernetes (\S+)$`).FindSubmatch(content)
	if required == nil {
		t.Fatal("kube/go.mod does not require k8s.io/kubernetes")
	}
	if string(required[1]) != kubernetesVersion {
		t.Errorf("kube/go.mod requires %s, programs are stamped %s", required[1], kubernetesVersion)
	}
}
