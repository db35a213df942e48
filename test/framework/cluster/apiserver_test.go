package cluster_test

import (
	"strings"
	"testing"

	"github.com/external-endpoints/operator/test/framework/cluster"
)

func TestAPIServerAloneServesKubectl(t *testing.T) {
	server := cluster.StartAPIServer(t)
	if err := server.Apply("{apiVersion: v1, kind: Namespace, metadata: {name: shop}}"); err != nil {
		t.Fatal(err)
	}
	output, err := server.Kubectl("get", "namespace", "shop", "--output=name")
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.TrimSpace(output); got != "namespace/shop" {
		t.Errorf("kubectl prints %q", got)
	}
}
