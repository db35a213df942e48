// Package iptables tests a failover through kube-proxy's iptables mode, which
// needs a cluster of its own. Everything else is tested in nftables mode.
package iptables

import (
	"context"
	_ "embed"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/external-endpoints/operator/test/framework/cluster"
	"github.com/external-endpoints/operator/test/framework/controlplane"
	"github.com/external-endpoints/operator/test/framework/install"
	"github.com/external-endpoints/operator/test/framework/load"
	"github.com/external-endpoints/operator/test/framework/waits"
)

func TestMain(m *testing.M) { os.Exit(cluster.Main(m)) }

//go:embed web.yaml
var manifest string

const (
	// calm is how long no request may fail for the failover to be over. A host of
	// three that is dead and still listed would be noticed at once.
	calm = 2 * time.Second
	// requestTimeout is how long a request may be under way; see calmSince.
	requestTimeout = time.Second
)

func TestIPTablesModeRemovesDeadHost(t *testing.T) {
	c := cluster.Start(t, cluster.Options{ProxyMode: controlplane.IPTables})
	if err := install.Manifests(c); err != nil {
		t.Fatal(err)
	}
	if _, err := install.Start(t.Context(), c, install.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := c.Apply(manifest); err != nil {
		t.Fatal(err)
	}
	kubectl(t, c, "wait", "--for=condition=Ready", "--timeout=15s", "xsvc/web")
	address := kubectl(t, c, "get", "service", "web", "-o", "jsonpath={.spec.clusterIP}")
	client, err := c.Load(load.Spec{Target: "http://" + address + "/", Timeout: requestTimeout})
	if err != nil {
		t.Fatal(err)
	}
	await(t, client, "answers of all hosts", answeredBy(time.Now(), 3))

	killed := time.Now()
	if err := c.Host("host-2").Kill(); err != nil {
		t.Fatal(err)
	}
	await(t, client, "calm without host-2", calmSince(killed))
	recovered := time.Now()
	if err := c.Host("host-2").Recover(); err != nil {
		t.Fatal(err)
	}
	await(t, client, "answers of all hosts again", answeredBy(recovered, 3))

	report := client.Stop()
	t.Log(report)
	if last, failed := report.LastFailure(); failed {
		t.Logf("the last request failed %s after the death", last.Sub(killed).Round(time.Millisecond))
	}
	if after := report.Since(recovered); len(after.Failures) > 0 {
		t.Errorf("requests failed while the host came back: %s", after)
	}
}

// answeredBy holds when that many hosts have answered since a time.
func answeredBy(since time.Time, hosts int) func(load.Report) bool {
	return func(report load.Report) bool { return len(report.Since(since).ByHost) == hosts }
}

// calmSince holds when no request has failed for a while after a time. Requests
// under way are not counted.
func calmSince(start time.Time) func(load.Report) bool {
	return func(report load.Report) bool {
		end := time.Now().Add(-requestTimeout)
		window := report.Since(end.Add(-calm)).Before(end)
		return end.Add(-calm).After(start) && window.Sent() > 0 && len(window.Failures) == 0
	}
}

func await(t *testing.T, client *load.Load, what string, satisfied func(load.Report) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), waits.Timeout)
	defer cancel()
	if err := client.Await(ctx, what, satisfied); err != nil {
		t.Fatal(err)
	}
}

func kubectl(t *testing.T, c *cluster.Cluster, arguments ...string) string {
	t.Helper()
	out, err := c.Kubectl(arguments...)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(out)
}
