package cluster_test

import (
	"strings"
	"testing"

	"github.com/external-endpoints/operator/test/framework/cluster"
)

// The API server can stand for an older one.
func TestAPIServerEmulatesOlderVersion(t *testing.T) {
	c := cluster.Start(t, cluster.Options{Hosts: cluster.Hosts(0), EmulatedVersion: "1.34"})
	version, err := c.Kubectl("get", "--raw=/version")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(version, `"emulationMinor": "34"`) {
		t.Errorf("the API server says %s", version)
	}
}
