package e2e

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/external-endpoints/operator/api/v1alpha1"
)

// TestTheClustersOwnAddressesAreDenied gives an ExternalService a Service and a
// node for hosts, beside a real one.
func TestTheClustersOwnAddressesAreDenied(t *testing.T) {
	w := idleWorld(t)
	outside := w.Cluster.Hosts()[0]
	service, node := w.apiServerIP(t), w.Cluster.Node().IPv4.String()
	sent := countPackets(t, service, node)
	object := w.web("inside", outside)
	object.Spec.Hosts = append(object.Spec.Hosts, v1alpha1.Host{Address: service}, v1alpha1.Host{Address: node})
	w.create(t, object)

	w.start(t, "ranges")
	eventually(t, readyWithin, func() error { return w.servesOnly(t, object, outside.IPv4.String()) })
	for _, denied := range []string{service, node} {
		if err := w.tells(t, object, denied, v1alpha1.EndpointDenied); err != nil {
			t.Error(err)
		}
	}
	if c := condition(w.get(t, object), v1alpha1.ConditionDegraded); c.Reason != v1alpha1.ReasonHostDenied {
		t.Errorf("Degraded is %s because of %s: %s", c.Status, c.Reason, c.Message)
	}
	pass(t, 2*interval, func() error { return w.servesOnly(t, object, outside.IPv4.String()) })
	if n := sent(service) + sent(node); n != 0 {
		t.Errorf("the prober sent %d packets to what is denied", n)
	}
}

func TestAnExceptionFromTheClustersOwnAddresses(t *testing.T) {
	w := idleWorld(t)
	outside := w.Cluster.Hosts()[0]
	service, node := w.apiServerIP(t), w.Cluster.Node().IPv4.String()
	sent := countPackets(t, service, node)
	object := w.web("inside", outside)
	object.Spec.Hosts = append(object.Spec.Hosts, v1alpha1.Host{Address: service}, v1alpha1.Host{Address: node})
	w.create(t, object)

	w.start(t, "ranges", "--allowed-cidrs="+node+"/32")
	// Nobody listens there.
	eventually(t, readyWithin, func() error { return w.tells(t, object, node, v1alpha1.EndpointUnhealthy) })
	eventually(t, readyWithin, func() error { return w.tells(t, object, outside.IPv4.String(), v1alpha1.EndpointHealthy) })
	if err := w.tells(t, object, service, v1alpha1.EndpointDenied); err != nil {
		t.Error(err)
	}
	if sent(node) == 0 || sent(service) != 0 {
		t.Errorf("the prober sent %d packets to the node and %d to the Service", sent(node), sent(service))
	}
}

// TestANodeThatJoinsAtTheAddressOfAHost takes the host out, as policy does, and
// gives it back when it goes.
func TestANodeThatJoinsAtTheAddressOfAHost(t *testing.T) {
	w := world(t)
	hosts := w.Cluster.Hosts()[:3]
	taken := hosts[1].IPv4.String()
	object := w.web("outside", hosts...)
	w.serve(t, object)

	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{GenerateName: "joining-"}}
	w.create(t, node)
	t.Cleanup(func() { w.Client.Delete(context.Background(), node) })
	node.Status.Addresses = []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: taken}}
	if err := w.Client.Status().Update(t.Context(), node); err != nil {
		t.Fatal(err)
	}
	others := addresses(except(hosts, hosts[1])...)
	eventually(t, removedWithin, func() error { return w.servesOnly(t, object, others...) })
	eventually(t, removedWithin, func() error { return w.tells(t, object, taken, v1alpha1.EndpointDenied) })

	if err := w.Client.Delete(t.Context(), node); err != nil {
		t.Fatal(err)
	}
	eventually(t, readyWithin, func() error { return w.served(t, object) })
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

// tells returns nil when the status has the host in that state, and denied ones
// with their reason and not published.
func (w *World) tells(t *testing.T, object *v1alpha1.ExternalService, host string, state v1alpha1.EndpointState) error {
	t.Helper()
	for _, e := range w.get(t, object).Status.Endpoints {
		switch {
		case e.Address != host:
		case e.State != state, state == v1alpha1.EndpointDenied && (e.Reason != "AddressDenied" || e.Published):
			return fmt.Errorf("the status says %+v, want %s", e, state)
		default:
			return nil
		}
	}
	return fmt.Errorf("the status has no host %s", host)
}

// servesOnly returns nil when the slices hold these addresses, ready, and no
// other in any state.
func (w *World) servesOnly(t *testing.T, object *v1alpha1.ExternalService, want ...string) error {
	t.Helper()
	var listed []string
	for _, slice := range w.slices(t, object.EffectiveServiceName()) {
		for _, e := range slice.Endpoints {
			if e.Conditions.Ready == nil || !*e.Conditions.Ready {
				return fmt.Errorf("%s is listed, not ready", e.Addresses[0])
			}
			listed = append(listed, e.Addresses[0])
		}
	}
	slices.Sort(listed)
	slices.Sort(want)
	if !slices.Equal(listed, want) {
		return fmt.Errorf("the slices hold %v, want %v", listed, want)
	}
	return nil
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
