package cluster_test

import (
	"net"
	"testing"

	"github.com/external-endpoints/operator/test/framework/cluster"
)

// A test sees the lab's links alone: it cannot reach, or disturb, the
// machine's network.
func TestSandboxHasOwnLinks(t *testing.T) {
	c := cluster.Start(t, cluster.Options{Hosts: cluster.Hosts(1)})
	links, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range links {
		switch link.Name {
		case "lo", "lab", "plug1", "plug2":
		default:
			t.Errorf("link %s is not the lab's", link.Name)
		}
	}
	if err := c.Stop(); err != nil {
		t.Fatal(err)
	}
	if links, _ = net.Interfaces(); len(links) != 1 {
		t.Errorf("%d links are left, want the loopback", len(links))
	}
}
