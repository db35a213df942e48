package names

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
	"github.com/external-endpoints/operator/test/framework"
	"github.com/external-endpoints/operator/test/framework/waits"
)

// TestClusterAddressesAreDenied gives an ExternalService a Service and a
// node for hosts, beside a real one.
func TestClusterAddressesAreDenied(t *testing.T) {
	w := idleWorld(t)
	outside := w.Cluster.Hosts()[0]
	service, node := w.apiServerIP(t), w.Cluster.Node().IPv4.String()
	sent := countPackets(t, service, node)
	object := w.Web("inside", outside)
	object.Spec.Hosts = append(object.Spec.Hosts, v1alpha1.Host{Address: service}, v1alpha1.Host{Address: node})
	w.Create(t, object)

	w.Start(t, "ranges")
	waits.Eventually(t, waits.Timeout, func() error { return w.ServesOnly(t, object, outside.IPv4.String()) })
	for _, denied := range []string{service, node} {
		if err := w.Tells(t, object, denied, v1alpha1.EndpointDenied); err != nil {
			t.Error(err)
		}
	}
	if c := framework.Condition(w.Get(t, object), v1alpha1.ConditionDegraded); c.Reason != v1alpha1.ReasonHostDenied {
		t.Errorf("Degraded is %s because of %s: %s", c.Status, c.Reason, c.Message)
	}
	waits.Always(t, 2*framework.Interval, func() error { return w.ServesOnly(t, object, outside.IPv4.String()) })
	if n := sent(service) + sent(node); n != 0 {
		t.Errorf("the prober sent %d packets to what is denied", n)
	}
}

func TestClusterAddressAllowedByFlag(t *testing.T) {
	w := idleWorld(t)
	outside := w.Cluster.Hosts()[0]
	service, node := w.apiServerIP(t), w.Cluster.Node().IPv4.String()
	sent := countPackets(t, service, node)
	object := w.Web("inside", outside)
	object.Spec.Hosts = append(object.Spec.Hosts, v1alpha1.Host{Address: service}, v1alpha1.Host{Address: node})
	w.Create(t, object)

	w.Start(t, "ranges", "--allowed-cidrs="+node+"/32")
	// Nobody listens there.
	waits.Eventually(t, waits.Timeout, func() error { return w.Tells(t, object, node, v1alpha1.EndpointUnhealthy) })
	waits.Eventually(t, waits.Timeout, func() error { return w.Tells(t, object, outside.IPv4.String(), v1alpha1.EndpointHealthy) })
	if err := w.Tells(t, object, service, v1alpha1.EndpointDenied); err != nil {
		t.Error(err)
	}
	if sent(node) == 0 || sent(service) != 0 {
		t.Errorf("the prober sent %d packets to the node and %d to the Service", sent(node), sent(service))
	}
}

// TestNodeAddressIsDeniedOnJoin takes the host out, as policy does, and
// gives it back when it goes.
func TestNodeAddressIsDeniedOnJoin(t *testing.T) {
	w := world(t)
	hosts := w.Cluster.Hosts()[:3]
	taken := hosts[1].IPv4.String()
	object := w.Web("outside", hosts...)
	w.Serve(t, object)

	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{GenerateName: "joining-"}}
	w.Create(t, node)
	t.Cleanup(func() { w.Client.Delete(context.Background(), node) })
	node.Status.Addresses = []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: taken}}
	if err := w.Client.Status().Update(t.Context(), node); err != nil {
		t.Fatal(err)
	}
	others := framework.Addresses(framework.Except(hosts, hosts[1])...)
	waits.Eventually(t, waits.Timeout, func() error { return w.ServesOnly(t, object, others...) })
	waits.Eventually(t, waits.Timeout, func() error { return w.Tells(t, object, taken, v1alpha1.EndpointDenied) })

	if err := w.Client.Delete(t.Context(), node); err != nil {
		t.Fatal(err)
	}
	waits.Eventually(t, waits.Timeout, func() error { return w.Served(t, object) })
}

// apiServerIP is the address of the Service that every cluster has.
func (w *World) apiServerIP(t *testing.T) string {
	t.Helper()
	service := &corev1.Service{}
	if err := w.Client.Get(t.Context(), client.ObjectKey{Namespace: "default", Name: "kubernetes"}, service); err != nil {
		t.Fatal(err)
	}
	return service.Spec.ClusterIP
}

// countPackets counts what is sent from the operator's namespace to port 8080 of
// some addresses, until the test ends.
func countPackets(t *testing.T, addresses ...string) func(address string) int {
	t.Helper()
	const table = "inet packets"
	nft := func(rules string) string {
		command := exec.Command("nft", "-f", "-")
		command.Stdin = strings.NewReader(rules)
		out, err := command.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return string(out)
	}
	var chain strings.Builder
	for _, address := range addresses {
		family := "ip"
		if strings.Contains(address, ":") {
			family = "ip6"
		}
		fmt.Fprintf(&chain, "%s daddr %s tcp dport 8080 counter\n", family, address)
	}
	nft(fmt.Sprintf("table %s {\nchain sent {\ntype filter hook output priority -500\n%s}\n}\n", table, chain.String()))
	t.Cleanup(func() { nft("delete table " + table + "\n") })
	return func(address string) int {
		t.Helper()
		listed := nft("list table " + table + "\n")
		found := regexp.MustCompile(` daddr ` + regexp.QuoteMeta(address) + ` .*packets (\d+)`).FindStringSubmatch(listed)
		if found == nil {
			t.Fatalf("no counter for %s in:\n%s", address, listed)
		}
		count, err := strconv.Atoi(found[1])
		if err != nil {
			t.Fatal(err)
		}
		return count
	}
}
