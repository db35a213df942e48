package cluster_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/external-endpoints/operator/test/framework/cluster"
	"github.com/external-endpoints/operator/test/framework/controlplane"
	"github.com/external-endpoints/operator/test/framework/load"
)

func TestProxyNFTablesForwardsTraffic(t *testing.T) { carryTraffic(t, controlplane.NFTables) }

func TestProxyIPTablesForwardsTraffic(t *testing.T) { carryTraffic(t, controlplane.IPTables) }

// carryTraffic: both hosts of a Service answer, by every way to it.
func carryTraffic(t *testing.T, mode controlplane.ProxyMode) {
	c := cluster.Start(t, cluster.Options{Hosts: cluster.Hosts(2), ProxyMode: mode})
	publish(t, c, c.Host("host-1"), c.Host("host-2"))
	for _, target := range []string{
		"http://" + serviceIPv4 + "/",
		"http://[" + serviceIPv6 + "]/",
		"tcp://" + serviceIPv4 + ":90",
		"tcp://[" + serviceIPv6 + "]:90",
		"udp://" + serviceIPv4 + ":53",
		fmt.Sprintf("http://%s:%d/", c.Node().IPv4, nodePort),
		fmt.Sprintf("http://[%s]:%d/", c.Node().IPv6, nodePort),
	} {
		t.Run(target, func(t *testing.T) {
			answered(t, c, load.Spec{Target: target}, "host-1", "host-2")
		})
	}
}

// answered sends until the latest requests were all answered, by these hosts
// and no others. That takes kube-proxy up to a second after a change.
func answered(t *testing.T, c *cluster.Cluster, spec load.Spec, hosts ...string) {
	t.Helper()
	l, err := c.Load(spec)
	if err != nil {
		t.Fatal(err)
	}
	await(t, l, "answers of "+strings.Join(hosts, " and "), func(r load.Report) bool {
		const latest = 30
		recent := r.Last(latest)
		return recent.Sent() == latest && len(recent.Failures) == 0 &&
			slices.Equal(slices.Sorted(maps.Keys(recent.ByHost)), hosts)
	})
	t.Log(l.Stop())
}
